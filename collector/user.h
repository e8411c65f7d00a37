/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A user of the system by name or number, resolved while files can still be read. */
#ifndef REXMIT_USER_H
#define REXMIT_USER_H

#include <sys/types.h>

struct user {
	uid_t uid;
	gid_t gid;
};

/*
 * Finds `name` in /etc/passwd, or else interprets it as a uid, which need not exist: containers
 * often have no such file. The gid then equals the uid.
 *
 * getpwnam(3) is not used: it loads the modules of nsswitch.conf while this process is privileged,
 * and in glibc 2.36 it crashes when an allocation fails (SIGSEGV, or an assertion).
 *
 * Returns 0, -ENOENT if `name` is neither, or another negative errno if the file cannot be read.
 */
int user_find(const char *name, struct user *user);

#endif
