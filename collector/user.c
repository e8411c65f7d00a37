/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "user.h"

#include <errno.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>

/* A decimal uid; not -1, which means "no change" to the system calls that take one. */
static int parse_uid(const char *text, uid_t *uid)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || *text < '0' || *text > '9' || *end || n >= UINT32_MAX)
		return -ENOENT;
	*uid = (uid_t)n;
	return 0;
}

static int find_by_number(const char *text, struct user *user)
{
	const struct passwd *entry;
	uid_t uid;
	int err = parse_uid(text, &uid);

	if (err)
		return err;
	entry = getpwuid(uid);
	*user = (struct user){.uid = uid, .gid = entry ? entry->pw_gid : (gid_t)uid};
	return 0;
}

int user_find(const char *name, struct user *user)
{
	const struct passwd *entry;

	errno = 0;
	entry = getpwnam(name);
	/* Without a user database at all it is ENOENT: there is no such user, either. */
	if (!entry)
		return errno && errno != ENOENT ? -errno : find_by_number(name, user);
	*user = (struct user){.uid = entry->pw_uid, .gid = entry->pw_gid};
	return 0;
}
