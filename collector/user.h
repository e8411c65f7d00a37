/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A user of the system, by name or number: looked up while files can still be read. */
#ifndef REXMIT_USER_H
#define REXMIT_USER_H

#include <sys/types.h>

struct user {
	uid_t uid;
	gid_t gid;
};

/*
 * Finds `name` in /etc/passwd, or else takes it for the number of a user, who need not be there: in
 * a container there often is no such file. The group of a user who is not has the same number.
 * Not getpwnam(3): it loads what nsswitch.conf names into this process, which has privileges yet,
 * and glibc's (2.36) dies of a failed allocation there (SIGSEGV, or an assertion).
 * Returns 0, or -ENOENT if it is neither, or another negative errno if the file cannot be read.
 */
int user_find(const char *name, struct user *user);

#endif
