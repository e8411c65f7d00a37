/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The 11 system calls that the walker's process may make. None accepts input from another program,
 * opens a file, or makes a socket or a process.
 */
#ifndef REXMIT_WALKER_SYSTEM_CALLS_H
#define REXMIT_WALKER_SYSTEM_CALLS_H

#include "common/sandbox.h"

/* Forbids all other calls from now on. Returns 0 or a negative errno with one line logged. */
int walker_system_calls_restrict(enum sandbox_mode mode);

#endif
