/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The system calls for reading files again, with --web.config.file or --networks (SECURITY.md). */
#ifndef REXMIT_SYSTEM_CALLS_RELOAD_H
#define REXMIT_SYSTEM_CALLS_RELOAD_H

#include "common/sandbox.h"

#define SYSTEM_CALLS_RELOAD 5

extern const struct sandbox_rule system_calls_reload[SYSTEM_CALLS_RELOAD];

#endif
