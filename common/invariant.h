/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Assertions that every build checks. assert(3) is not used, because it calls abort(3). The system
 * call filters do not allow the calls that abort(3) makes, so the assertion's text would be lost.
 */
#ifndef REXMIT_INVARIANT_H
#define REXMIT_INVARIANT_H

/* Logs file, line and `text`, and ends the process by SIGILL or SIGTRAP (__builtin_trap()). */
_Noreturn void invariant_fail(const char *file, int line, const char *text);

/* invariant() is only for bugs of rexmit. Wrong input must be refused and counted. */
#define invariant(condition)                                                                       \
	((condition) ? (void)0 : invariant_fail(__FILE__, __LINE__, #condition))

#endif
