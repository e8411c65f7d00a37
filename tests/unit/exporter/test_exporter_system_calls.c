/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Which calls the exporter's rules allow. This file evaluates the rules as seccomp does: a call is
 * allowed if all conditions of one of its rules hold. tests/privileges/ tries the calls themselves.
 */
#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "confine/exporter_system_calls.h"
#include "support/failing_calls.h"

#define RULES_MAX 100

static struct sandbox_rule rules[RULES_MAX];
static size_t n_rules;
static enum sandbox_mode mode;

REPLACED_CALL(int, sandbox_enter, (enum sandbox_mode m, const struct sandbox_rule *all, size_t n))
{
	cr_assert_leq(n, RULES_MAX);
	memcpy(rules, all, n * sizeof(*all));
	n_rules = n;
	mode = m;
	return failing_calls_now("sandbox_enter") ? -errno : 0;
}

static bool holds(const struct scmp_arg_cmp *c, const scmp_datum_t arguments[6])
{
	scmp_datum_t value = arguments[c->arg];

	if (c->op == SCMP_CMP_EQ)
		return value == c->datum_a;
	cr_assert_eq(c->op, SCMP_CMP_MASKED_EQ);
	return (value & c->datum_a) == c->datum_b;
}

#define IS_ALLOWED(call, ...) is_allowed(SCMP_SYS(call), (const scmp_datum_t[6]){__VA_ARGS__})

static bool is_allowed(int call, const scmp_datum_t arguments[6])
{
	for (size_t i = 0; i < n_rules; i++) {
		bool all = rules[i].call == call;

		for (unsigned c = 0; c < sandbox_conditions(&rules[i]); c++)
			all = all && holds(&rules[i].condition[c], arguments);
		if (all)
			return true;
	}
	return false;
}

Test(exporter_system_calls, passes_the_mode_and_the_result)
{
	cr_assert_eq(exporter_system_calls_restrict(SANDBOX_LOG, false, -1), 0);
	cr_assert_eq(mode, SANDBOX_LOG);
	failing_calls_set("sandbox_enter", 1, ENOMEM);
	cr_assert_eq(exporter_system_calls_restrict(SANDBOX_KILL, false, -1), -ENOMEM);
	cr_assert_eq(mode, SANDBOX_KILL);
}

/* The kernel uses the lower 32 bits of the descriptor. */
Test(exporter_system_calls, connects_any_socket_except_that_to_systemd)
{
	cr_assert_eq(exporter_system_calls_restrict(SANDBOX_KILL, false, -1), 0);
	cr_assert(IS_ALLOWED(connect, 0) && IS_ALLOWED(connect, 1023));
	for (int notify = 0; notify < 1024; notify += notify < 9 ? 1 : 127) {
		cr_assert_eq(exporter_system_calls_restrict(SANDBOX_KILL, false, notify), 0);
		for (scmp_datum_t fd = 0; fd < 65536; fd++)
			cr_assert_eq(IS_ALLOWED(connect, fd), fd != (scmp_datum_t)notify, "%d %d",
				(int)fd, notify);
		cr_assert_not(IS_ALLOWED(connect, (UINT64_C(1) << 32) + (uint64_t)notify));
	}
}

Test(exporter_system_calls, creates_only_sockets_of_the_collector_s_type)
{
	const scmp_datum_t type = SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK;

	exporter_system_calls_restrict(SANDBOX_KILL, true, 5);
	cr_assert(IS_ALLOWED(socket, AF_UNIX, type));
	cr_assert_not(IS_ALLOWED(socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK));
	cr_assert_not(IS_ALLOWED(socket, AF_INET, type));
	cr_assert_not(IS_ALLOWED(socketpair, AF_UNIX, type));
	cr_assert(IS_ALLOWED(sendto, 5, 0, 0, 0, 0) && IS_ALLOWED(recvfrom, 5, 0, 0, 0, 0));
	cr_assert_not(IS_ALLOWED(sendto, 5, 0, 0, 0, 1), "with an address");
	cr_assert_not(IS_ALLOWED(recvfrom, 5, 0, 0, 0, 1), "with an address");
	cr_assert_not(IS_ALLOWED(sendmsg, 5));
	cr_assert(IS_ALLOWED(getsockopt, 5, SOL_SOCKET, SO_PEERCRED));
	cr_assert_not(IS_ALLOWED(getsockopt, 5, SOL_SOCKET, SO_RCVBUF));
	cr_assert_not(IS_ALLOWED(setsockopt, 5, SOL_SOCKET, SO_PEERCRED));
	cr_assert(IS_ALLOWED(ioctl, 5, FIONREAD) && IS_ALLOWED(ioctl, 5, SIOCOUTQ));
	cr_assert_not(IS_ALLOWED(ioctl, 5, TIOCSTI));
}

Test(exporter_system_calls, makes_no_memory_executable)
{
	exporter_system_calls_restrict(SANDBOX_KILL, true, 5);
	cr_assert(IS_ALLOWED(mmap, 0, 4096, PROT_READ | PROT_WRITE));
	cr_assert_not(IS_ALLOWED(mmap, 0, 4096, PROT_READ | PROT_EXEC));
	cr_assert(IS_ALLOWED(mprotect, 0, 4096, PROT_NONE));
	cr_assert_not(IS_ALLOWED(mprotect, 0, 4096, PROT_EXEC));
	cr_assert(IS_ALLOWED(prctl, PR_SET_VMA));
	cr_assert_not(IS_ALLOWED(prctl, PR_SET_DUMPABLE, 1));
}

/* With --web.config.file or --networks, the exporter reads files again. It never writes one. */
Test(exporter_system_calls, opens_files_only_to_reload)
{
	exporter_system_calls_restrict(SANDBOX_KILL, false, 5);
	cr_assert_not(IS_ALLOWED(openat, 0, 0, O_RDONLY));
	cr_assert_not(IS_ALLOWED(newfstatat, 0));
	cr_assert_not(IS_ALLOWED(getpid, 0));
	exporter_system_calls_restrict(SANDBOX_KILL, true, 5);
	cr_assert(IS_ALLOWED(openat, 0, 0, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
	cr_assert(IS_ALLOWED(newfstatat, 0) && IS_ALLOWED(fstat, 0) && IS_ALLOWED(getpid, 0) &&
		  IS_ALLOWED(sysinfo, 0));
	for (scmp_datum_t i = 0; i < 4; i++)
		cr_assert_not(IS_ALLOWED(openat, 0, 0,
			(const scmp_datum_t[]){O_WRONLY, O_RDWR, O_CREAT, O_TRUNC}[i]));
	cr_assert_not(IS_ALLOWED(execve, 0));
}
