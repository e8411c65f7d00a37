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
 * Finds `name` (getpwnam(3)), or else takes it for the number of a user, whom nobody needs to know:
 * in a container there often is no user database. The group of such a user has the same number.
 * Returns 0, or -ENOENT if it is neither, or another negative errno if the database cannot be read.
 */
int user_find(const char *name, struct user *user);

#endif
