/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The system calls of the collector's steady state; every other one ends the process. */
#ifndef REXMIT_SANDBOX_H
#define REXMIT_SANDBOX_H

enum sandbox_mode {
	SANDBOX_KILL, /* a call outside the list kills the process (SIGSYS) */
	SANDBOX_LOG,  /* it is let through and logged by the kernel (audit): to test the list */
	SANDBOX_OFF,  /* for debuggers and sanitizers, which make calls of their own */
};

/*
 * Installs the filter (seccomp(2)) for good, with `listener` as the only socket that connections
 * may be accepted from. Needs no_new_privs. Returns 0 or a negative errno with one line logged.
 */
int sandbox_enter(enum sandbox_mode mode, int listener);

#endif
