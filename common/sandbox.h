/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Restricts a program to a list of system calls. */
#ifndef REXMIT_SANDBOX_H
#define REXMIT_SANDBOX_H

#include <seccomp.h>
#include <stddef.h>

enum sandbox_mode {
	SANDBOX_KILL, /* any other call kills the process (SIGSYS) */
	SANDBOX_LOG,  /* the kernel logs and allows any other call: for tests of the list */
	SANDBOX_OFF,  /* no filter: for debuggers and sanitizers */
};

/* Parses "kill", "log" or "off". Returns 0 or -EINVAL. */
int sandbox_mode_parse(const char *name, enum sandbox_mode *mode);

/* One allowed call and the required values of its arguments. A call may have several rules. */
struct sandbox_rule {
	int call;                         /* SCMP_SYS(name) */
	struct scmp_arg_cmp condition[3]; /* all must hold; {0} ends the list */
};

/* Returns the number of the rule's conditions. */
unsigned sandbox_conditions(const struct sandbox_rule *rule);

#define SANDBOX_IS(argument, value) SCMP_CMP(argument, SCMP_CMP_EQ, (scmp_datum_t)(value))
/* The condition that no bit of `mask` is set. */
#define SANDBOX_LACKS(argument, mask)                                                              \
	SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, (scmp_datum_t)(mask), (scmp_datum_t)0)

/*
 * Sets no_new_privs and installs a permanent filter (seccomp(2)). Returns 0 or a negative errno
 * with one line logged.
 */
int sandbox_enter(enum sandbox_mode mode, const struct sandbox_rule *rules, size_t n);

#endif
