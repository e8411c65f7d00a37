/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "sandbox.h"

#include <errno.h>
#include <linux/bpf.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"

/* One allowed call, with what its arguments must be. SECURITY.md gives the reason of each. */
struct rule {
	int call;
	unsigned conditions;
	struct scmp_arg_cmp condition[2];
};

#define ARGUMENT_IS(n, value) SCMP_CMP(n, SCMP_CMP_EQ, (scmp_datum_t)(value))

static int add_rules(scmp_filter_ctx filter, int listener)
{
	const struct rule rules[] = {
		{SCMP_SYS(epoll_pwait), 0, {{0}}},
		{SCMP_SYS(epoll_ctl), 0, {{0}}},
		{SCMP_SYS(accept4), 1, {ARGUMENT_IS(0, listener)}},
		{SCMP_SYS(getsockopt), 2,
			{ARGUMENT_IS(1, SOL_SOCKET), ARGUMENT_IS(2, SO_PEERCRED)}},
		/* No address: to whom a socket is connected, and nobody else. */
		{SCMP_SYS(recvfrom), 1, {ARGUMENT_IS(4, 0)}},
		{SCMP_SYS(sendto), 1, {ARGUMENT_IS(4, 0)}},
		{SCMP_SYS(close), 0, {{0}}},
		{SCMP_SYS(bpf), 1, {ARGUMENT_IS(0, BPF_OBJ_GET_INFO_BY_FD)}},
		{SCMP_SYS(bpf), 1, {ARGUMENT_IS(0, BPF_ITER_CREATE)}},
		{SCMP_SYS(read), 0, {{0}}},
		{SCMP_SYS(pread64), 0, {{0}}},
		{SCMP_SYS(write), 1, {ARGUMENT_IS(0, STDERR_FILENO)}},
		{SCMP_SYS(ppoll), 1, {ARGUMENT_IS(1, 1)}},
		{SCMP_SYS(clock_gettime), 0, {{0}}},
		{SCMP_SYS(unlinkat), 1, {ARGUMENT_IS(2, 0)}},
		{SCMP_SYS(exit_group), 0, {{0}}},
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		int err = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rules[i].call,
			rules[i].conditions, rules[i].condition);

		if (err)
			return err;
	}
	return 0;
}

static int install(uint32_t otherwise, int listener)
{
	scmp_filter_ctx filter = seccomp_init(otherwise);
	int err;

	if (!filter)
		return -ENOMEM;
	/* Other architectures of a 64-bit kernel are killed even in log mode (the default). */
	err = add_rules(filter, listener);
	if (!err)
		err = seccomp_load(filter);
	seccomp_release(filter);
	return err;
}

int sandbox_enter(enum sandbox_mode mode, int listener)
{
	int err;

	if (mode == SANDBOX_OFF) {
		log_warning("running without a system call filter, as --seccomp off asks for");
		return 0;
	}
	err = install(mode == SANDBOX_LOG ? SCMP_ACT_LOG : SCMP_ACT_KILL_PROCESS, listener);
	if (err)
		log_error("cannot install the system call filter: %s", strerror(-err));
	return err;
}
