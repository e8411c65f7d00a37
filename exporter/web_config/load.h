/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Loads the module for --web.config.file; without the flag nothing of it is in the process. */
#ifndef REXMIT_WEB_CONFIG_LOAD_H
#define REXMIT_WEB_CONFIG_LOAD_H

#include "common/sandbox.h"

struct event_base;
struct http_guard;

/*
 * Before the filter of system calls is on. `path` must outlive what it returns. Returns 0, or a
 * negative errno with a line logged.
 */
int web_config_open(struct http_guard **guard, const char *path, struct event_base *base,
	enum sandbox_mode mode);
/* When nothing is served any more. Accepts NULL. */
void web_config_close(struct http_guard *guard);

#endif
