/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "privileges.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/capability.h>

#include "log.h"

static bool is_effective(cap_t caps, cap_value_t cap)
{
	cap_flag_value_t value = CAP_CLEAR;

	return !cap_get_flag(caps, cap, CAP_EFFECTIVE, &value) && value == CAP_SET;
}

bool privileges_can_load(void)
{
	cap_t caps = cap_get_proc();
	bool can;

	if (!caps)
		return false;
	can = is_effective(caps, CAP_SYS_ADMIN) ||
	      (is_effective(caps, CAP_BPF) && is_effective(caps, CAP_PERFMON));
	cap_free(caps);
	return can;
}

int privileges_find_user(
	const char *flag, const char *name, const char *fallback, uid_t *uid, gid_t *gid)
{
	const struct passwd *user;

	errno = 0;
	user = getpwnam(name ? name : fallback);
	if (user) {
		*uid = user->pw_uid;
		*gid = user->pw_gid;
		return 0;
	}
	if (!name)
		return -ENOENT;
	log_error(
		"%s: there is no user '%s'%s%s; name one that exists, or make it with sysusers(8)",
		flag, name, errno ? ": " : "", errno ? strerror(errno) : "");
	return -EINVAL;
}
