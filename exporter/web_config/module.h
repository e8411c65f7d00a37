/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The module that --web.config.file loads. Without the flag the module is not loaded, because
 * OpenSSL would almost double the memory of the exporter.
 */
#ifndef REXMIT_WEB_CONFIG_MODULE_H
#define REXMIT_WEB_CONFIG_MODULE_H

#include "common/sandbox.h"
#include "http/guard.h"

/* The only symbol of the module that the exporter uses. */
#define WEB_CONFIG_MODULE_OPEN "rexmit_web_config_open"

/*
 * Loads the file, and starts the password checker if there are users. `path` must outlive the
 * guard. Returns 0, or a negative errno after logging one line.
 */
typedef int (*web_config_open_fn)(struct http_guard **guard, const char *path,
	struct event_base *base, enum sandbox_mode mode);
int rexmit_web_config_open(struct http_guard **guard, const char *path, struct event_base *base,
	enum sandbox_mode mode);

#endif
