/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "collector_system_calls.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/array.h"

int collector_system_calls_restrict(enum sandbox_mode mode, const struct listener *listener)
{
	/* SECURITY.md gives the reason for each call. */
	const struct sandbox_rule rules[] = {
		{.call = SCMP_SYS(epoll_pwait)},
		{.call = SCMP_SYS(epoll_ctl)},
		{SCMP_SYS(accept4), {SANDBOX_IS(0, listener->fd)}},
		{SCMP_SYS(getsockopt), {SANDBOX_IS(1, SOL_SOCKET), SANDBOX_IS(2, SO_PEERCRED)}},
		/* Without an address argument, these calls work only on connected sockets. */
		{SCMP_SYS(recvfrom), {SANDBOX_IS(4, 0)}},
		{SCMP_SYS(sendto), {SANDBOX_IS(4, 0)}},
		{.call = SCMP_SYS(close)},
		{SCMP_SYS(bpf), {SANDBOX_IS(0, BPF_MAP_LOOKUP_ELEM)}},
		{.call = SCMP_SYS(read)},
		{.call = SCMP_SYS(pread64)},
		{SCMP_SYS(write), {SANDBOX_IS(0, STDERR_FILENO)}},
		/* With this call the C library reports a buffer overflow or a damaged heap. */
		{SCMP_SYS(writev), {SANDBOX_IS(0, STDERR_FILENO)}},
		{SCMP_SYS(ppoll), {SANDBOX_IS(1, 1)}},
		{.call = SCMP_SYS(clock_gettime)},
		{.call = SCMP_SYS(exit_group)},
		/* Removes the socket file; the path is in read-only memory. This rule is the last,
		 * because it is omitted if systemd has made the socket. */
		{SCMP_SYS(unlinkat),
			{SANDBOX_IS(0, (uint32_t)AT_FDCWD),
				SANDBOX_IS(1, (uintptr_t)listener->path), SANDBOX_IS(2, 0)}},
	};
	size_t n = ARRAY_SIZE(rules);

	return sandbox_enter(mode, rules, listener->path ? n : n - 1);
}
