/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Gets the code for --web.config.file. Without the flag, the process has none of it. There are
 * three ways, of which the build chooses: load.c loads a module. A static program can load none:
 * execute.c executes a second exporter instead, which links the code, and linked.c calls it there.
 */
#ifndef REXMIT_WEB_CONFIG_LOAD_H
#define REXMIT_WEB_CONFIG_LOAD_H

#include "common/sandbox.h"

struct event_base;
struct http_guard;

/*
 * To be called before system calls are restricted and before anything is opened. `path` must
 * outlive the guard. `argv` are the arguments of this program. Returns 0, or a negative errno after
 * logging one line. execute.c does not return if it succeeds.
 */
int web_config_open(struct http_guard **guard, const char *path, struct event_base *base,
	enum sandbox_mode mode, char *const argv[]);

#endif
