/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Replaces assert(3), which calls abort(3). The system call filters do not allow the calls that
 * abort(3) makes. A failed assertion would therefore end the program with "Bad system call",
 * without the assertion's text. Every build contains the checks.
 */
#ifndef REXMIT_INVARIANT_H
#define REXMIT_INVARIANT_H

/* Logs file, line and `text`, and ends the process by SIGILL or SIGTRAP (__builtin_trap()). */
_Noreturn void invariant_fail(const char *file, int line, const char *text);

/* Only for bugs of rexmit. Wrong input must be refused and counted instead. */
#define invariant(condition)                                                                       \
	((condition) ? (void)0 : invariant_fail(__FILE__, __LINE__, #condition))

#endif
