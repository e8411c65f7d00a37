/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The 16 system calls that the collector may make after its start. None opens a file, creates a
 * process, or creates a socket except by accept4(2) from the listener.
 */
#ifndef REXMIT_COLLECTOR_SYSTEM_CALLS_H
#define REXMIT_COLLECTOR_SYSTEM_CALLS_H

#include "common/sandbox.h"
#include "listener.h"

/*
 * Forbids all other calls from now on, as `mode` says (common/sandbox.h). Connections can be
 * accepted only from `listener`, and only the file of its socket can be removed. Returns 0 or a
 * negative errno with one line logged.
 */
int collector_system_calls_restrict(enum sandbox_mode mode, const struct listener *listener);

#endif
