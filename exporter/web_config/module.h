/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The module that --web.config.file loads: what the file says, kept up to date. It is a module
 * because OpenSSL alone would almost double the memory of an exporter that does not use it.
 */
#ifndef REXMIT_WEB_CONFIG_MODULE_H
#define REXMIT_WEB_CONFIG_MODULE_H

#include "common/sandbox.h"
#include "http/guard.h"

/* The one symbol that the exporter looks up. */
#define WEB_CONFIG_MODULE_OPEN "rexmit_web_config_open"

/*
 * Reads the file, and starts the process that checks passwords if there are any. `path` must outlive
 * what it returns. Returns 0, or a negative errno with a line logged.
 */
typedef int (*web_config_open_fn)(struct http_guard **guard, const char *path,
	struct event_base *base, enum sandbox_mode mode);

#endif
