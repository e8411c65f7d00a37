/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The code for --web.config.file is used only with the flag. The build chooses one of these files:
 * - load.c loads a module.
 * - execute.c, for a static program, executes a second exporter.
 * - linked.c, for the second exporter, calls the code, which is part of this program.
 */
#ifndef REXMIT_WEB_CONFIG_LOAD_H
#define REXMIT_WEB_CONFIG_LOAD_H

#include "common/sandbox.h"

struct event_base;
struct http_guard;

/*
 * Call this before system calls are restricted and before anything is opened. `path` must outlive
 * the guard. `argv` is the argument of main(). Returns 0, or a negative errno after logging one
 * line. In execute.c, the function does not return on success.
 */
int web_config_open(struct http_guard **guard, const char *path, struct event_base *base,
	enum sandbox_mode mode, char *const argv[]);

#endif
