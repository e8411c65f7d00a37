/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The system calls that --web.config.file adds. SECURITY.md gives the reason for each. */
#ifndef REXMIT_SYSTEM_CALLS_WEB_CONFIG_H
#define REXMIT_SYSTEM_CALLS_WEB_CONFIG_H

#include "common/sandbox.h"

#define SYSTEM_CALLS_WEB_CONFIG 4

extern const struct sandbox_rule system_calls_web_config[SYSTEM_CALLS_WEB_CONFIG];

#endif
