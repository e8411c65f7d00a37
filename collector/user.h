/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A user of the system, by name: looked up while files can still be read. */
#ifndef REXMIT_USER_H
#define REXMIT_USER_H

#include <sys/types.h>

struct user {
	uid_t uid;
	gid_t gid;
};

/*
 * Finds `name` (getpwnam(3)). Returns 0, or -ENOENT if there is no such user, or another negative
 * errno if the user database cannot be read.
 */
int user_find(const char *name, struct user *user);

#endif
