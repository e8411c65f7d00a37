/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "user.h"

#include <errno.h>
#include <pwd.h>

int user_find(const char *name, struct user *user)
{
	const struct passwd *entry;

	errno = 0;
	entry = getpwnam(name);
	if (!entry)
		return errno ? -errno : -ENOENT;
	*user = (struct user){.uid = entry->pw_uid, .gid = entry->pw_gid};
	return 0;
}
