/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Loads the module for --web.config.file. Without the flag, the process has none of its code. */
#ifndef REXMIT_WEB_CONFIG_LOAD_H
#define REXMIT_WEB_CONFIG_LOAD_H

#include "common/sandbox.h"

struct event_base;
struct http_guard;

/*
 * To be called before system calls are restricted. `path` must outlive the guard. Returns 0, or a
 * negative errno after logging one line.
 */
int web_config_open(struct http_guard **guard, const char *path, struct event_base *base,
	enum sandbox_mode mode);
/* To be called after all servers were freed. Accepts NULL. */
void web_config_close(struct http_guard *guard);

#endif
