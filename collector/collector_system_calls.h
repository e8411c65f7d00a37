/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The system calls of the collector's steady state: 16, no file, no socket, no process. */
#ifndef REXMIT_COLLECTOR_SYSTEM_CALLS_H
#define REXMIT_COLLECTOR_SYSTEM_CALLS_H

#include "common/sandbox.h"
#include "listener.h"

/*
 * Allows them and nothing else from now on; connections are accepted from `listener` only, and
 * no file but that of its socket can be removed. Returns
 * 0 or a negative errno with one line logged.
 */
int system_calls_restrict(enum sandbox_mode mode, const struct listener *listener);

#endif
