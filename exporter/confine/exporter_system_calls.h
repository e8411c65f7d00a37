/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The system calls of the running exporter, which opens no file and creates no process. */
#ifndef REXMIT_EXPORTER_SYSTEM_CALLS_H
#define REXMIT_EXPORTER_SYSTEM_CALLS_H

#include <stdbool.h>

#include "common/sandbox.h"

/*
 * Forbids all other system calls from now on. New sockets can only be AF_UNIX sockets of the
 * collector's type. `reload` adds the calls that read files again. connect(2) is denied for
 * `notify_fd`, which may be -1. Returns 0, or a negative errno after logging one line.
 */
int exporter_system_calls_restrict(enum sandbox_mode mode, bool reload, int notify_fd);

#endif
