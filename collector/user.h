/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The users of /etc/passwd, found by name or uid. */
#ifndef REXMIT_USER_H
#define REXMIT_USER_H

#include <sys/types.h>

struct user {
	uid_t uid;
	gid_t gid;
};

/*
 * Finds the user `name` in /etc/passwd. If there is none, `name` may be a uid. For a uid that is
 * not in the file, the gid is the same number. Containers often do not have the file.
 *
 * getpwnam(3) is not used: it would load the modules of nsswitch.conf into this privileged process.
 * In glibc 2.36 it crashes when an allocation fails.
 *
 * Returns 0, -ENOENT if `name` is neither a user nor a uid, or another negative errno if the file
 * cannot be read.
 */
int user_find(const char *name, struct user *user);

#endif
