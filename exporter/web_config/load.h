/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Loads the code for --web.config.file, if the flag is given. The build chooses one of:
 * - load.c loads a module.
 * - execute.c, in a static program, which can load no module, executes a second exporter.
 * - linked.c, in that second exporter, calls the code, which is linked into it.
 */
#ifndef REXMIT_WEB_CONFIG_LOAD_H
#define REXMIT_WEB_CONFIG_LOAD_H

#include "common/sandbox.h"

struct event_base;
struct http_guard;

/*
 * Call this before system calls are restricted and before anything is opened. `path` must outlive
 * the guard. `argv` is that of main(). Returns 0, or a negative errno after logging one line. In
 * execute.c, it does not return on success.
 */
int web_config_open(struct http_guard **guard, const char *path, struct event_base *base,
	enum sandbox_mode mode, char *const argv[]);

#endif
