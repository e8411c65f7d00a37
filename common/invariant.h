/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * assert(3) for programs under a system call filter. abort(3) makes system calls that neither
 * filter allows, so a failed assertion would end as "Bad system call", without its text. Every build
 * contains the checks.
 */
#ifndef REXMIT_INVARIANT_H
#define REXMIT_INVARIANT_H

/*
 * Logs file, line and `text`, then ends the process by a trap (SIGILL or SIGTRAP, depending on the
 * architecture).
 */
_Noreturn void invariant_fail(const char *file, int line, const char *text);

/* Only for bugs of rexmit. Wrong input is refused and counted instead. */
#define invariant(condition)                                                                       \
	((condition) ? (void)0 : invariant_fail(__FILE__, __LINE__, #condition))

#endif
