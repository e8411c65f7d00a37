/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "user.h"

#include <errno.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}
#define _cleanup_file_ __attribute__((cleanup(close_file)))

/* Parses a decimal uid. -1 is not valid, because system calls interpret it as "no change". */
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

/* Finds the first entry of /etc/passwd with `name`, or with `uid` if `name` is NULL. */
static int find_entry(const char *name, uid_t uid, struct user *user)
{
	_cleanup_file_ FILE *file = fopen("/etc/passwd", "re");
	struct passwd entry, *found;
	char line[4096];
	int r;

	if (!file)
		return -errno;
	while (!(r = fgetpwent_r(file, &entry, line, sizeof(line), &found)))
		if (name ? strcmp(entry.pw_name, name) == 0 : entry.pw_uid == uid) {
			*user = (struct user){.uid = entry.pw_uid, .gid = entry.pw_gid};
			return 0;
		}
	return -r; /* ENOENT after the last entry */
}

static int find_by_number(const char *text, struct user *user)
{
	uid_t uid;
	int r = parse_uid(text, &uid);

	if (r)
		return r;
	r = find_entry(NULL, uid, user);
	if (r != -ENOENT)
		return r;
	*user = (struct user){.uid = uid, .gid = (gid_t)uid};
	return 0;
}

int user_find(const char *name, struct user *user)
{
	int r = find_entry(name, 0, user);

	return r == -ENOENT ? find_by_number(name, user) : r;
}
