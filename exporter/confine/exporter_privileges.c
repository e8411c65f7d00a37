/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "confine/exporter_privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/log.h"

/*
 * Reads the capabilities without libcap. Ambient capabilities are also in the permitted set
 * (capabilities(7)).
 */
static int has_capabilities(bool *has)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	if (syscall(SYS_capget, &header, data))
		return -errno;
	*has = false;
	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		*has = *has || data[i].permitted || data[i].inheritable;
	return 0;
}

static int check_ordinary(void)
{
	uid_t real, effective, saved;
	bool has = false, root;
	int r = has_capabilities(&has);

	if (!r && getresuid(&real, &effective, &saved))
		r = -errno;
	if (r) {
		log_error("cannot read the privileges of this process: %s", strerror(-r));
		return r;
	}
	root = real == 0 || effective == 0 || saved == 0;
	if (root || has) {
		log_error("refusing to run %s: the exporter needs no privileges; start it as an "
			  "ordinary user (systemd: User=rexmit-exporter), or give --allow-root",
			root ? "as root" : "with capabilities");
		return -EPERM;
	}
	return 0;
}

int privileges_refuse(bool allow_root)
{
	int r = allow_root ? 0 : check_ordinary();

	if (r)
		return r;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)) {
		r = -errno;
		log_error("cannot set no_new_privs or clear the dumpable flag: %s", strerror(-r));
	}
	return r;
}
