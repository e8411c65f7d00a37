/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "confine/landlock.h"

#include <errno.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"

/* Linux 6.7 has rules for TCP; the headers of Debian 12 are those of 6.1. */
#define ABI_WITH_TCP 4
#ifndef LANDLOCK_ACCESS_NET_BIND_TCP
#define LANDLOCK_ACCESS_NET_BIND_TCP (1ULL << 0)
#define LANDLOCK_ACCESS_NET_CONNECT_TCP (1ULL << 1)
#endif

/* struct landlock_ruleset_attr as it was then: newer kernels take the shorter one. */
struct tcp_ruleset {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
};

/* 0: not in the kernel, not enabled, or kept from us by somebody else's filter. */
static int abi(void)
{
	long version = syscall(
		SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);

	return version < 0 ? 0 : (int)version;
}

/*
 * What is handled and has no rule is denied. Not so TCP Fast Open, which connects in sendto(2) or
 * sendmsg(2) and is not asked about (Linux 6.18): the list of system calls has no address for the
 * one, and not the other. Files are left alone: those of --web.config.file are read again.
 */
static int deny_tcp(void)
{
	const struct tcp_ruleset attr = {.handled_access_net = LANDLOCK_ACCESS_NET_BIND_TCP |
							       LANDLOCK_ACCESS_NET_CONNECT_TCP};
	_cleanup_close_ int ruleset =
		(int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0U);

	if (ruleset < 0 || syscall(SYS_landlock_restrict_self, ruleset, 0U))
		return -errno;
	return 0;
}

int landlock_restrict_tcp(void)
{
	int version = abi(), err;

	if (version < ABI_WITH_TCP) {
		log_debug("Landlock has no rules for TCP here (ABI %d, %d is wanted): sockets "
			  "that were accepted can be connected elsewhere",
			version, ABI_WITH_TCP);
		return 0;
	}
	err = deny_tcp();
	if (err)
		log_error("cannot forbid connections of TCP by Landlock: %s", strerror(-err));
	return err;
}
