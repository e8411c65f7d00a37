/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The system calls of the collector's steady state: 16, no file, no socket, no process. */
#ifndef REXMIT_COLLECTOR_SYSTEM_CALLS_H
#define REXMIT_COLLECTOR_SYSTEM_CALLS_H

#include "common/sandbox.h"
#include "listener.h"

/*
 * Allows these and no others from now on. Connections are accepted only from `listener`, and the
 * only file that can be removed is that of its socket. Returns 0 or a negative errno with one line
 * logged.
 */
int collector_system_calls_restrict(enum sandbox_mode mode, const struct listener *listener);

#endif
