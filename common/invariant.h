/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * assert(3) for programs under a system call filter. abort(3) makes calls that neither filter allows,
 * so a failed assertion would end as "Bad system call", without its text. Checks stay in every build.
 */
#ifndef REXMIT_INVARIANT_H
#define REXMIT_INVARIANT_H

/* Logs file, line and `text`, and ends the process by a trap (SIGILL or SIGTRAP, by architecture). */
_Noreturn void invariant_fail(const char *file, int line, const char *text);

/* For mistakes of our own only; wrong input is refused and counted. */
#define invariant(condition)                                                                       \
	((condition) ? (void)0 : invariant_fail(__FILE__, __LINE__, #condition))

#endif
