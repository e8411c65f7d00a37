/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "walker_system_calls.h"

#include <linux/bpf.h>
#include <unistd.h>

#include "common/array.h"

int walker_system_calls_restrict(enum sandbox_mode mode)
{
	/* SECURITY.md gives the reason for each call. */
	static const struct sandbox_rule rules[] = {
		/* Without an address argument, these calls work only on connected sockets. */
		{SCMP_SYS(recvfrom), {SANDBOX_IS(4, 0)}},
		{SCMP_SYS(sendto), {SANDBOX_IS(4, 0)}},
		{SCMP_SYS(bpf), {SANDBOX_IS(0, BPF_ITER_CREATE)}},
		{.call = SCMP_SYS(read)},
		{.call = SCMP_SYS(close)},
		{SCMP_SYS(write), {SANDBOX_IS(0, STDERR_FILENO)}},
		/* With this call the C library reports a buffer overflow or a damaged heap. */
		{SCMP_SYS(writev), {SANDBOX_IS(0, STDERR_FILENO)}},
		{SCMP_SYS(ppoll), {SANDBOX_IS(1, 1)}},
		{.call = SCMP_SYS(clock_gettime)},
		/* The end of the handler of wake_timer.c. */
		{.call = SCMP_SYS(rt_sigreturn)},
		{.call = SCMP_SYS(exit_group)},
	};

	return sandbox_enter(mode, rules, ARRAY_SIZE(rules));
}
