/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "confine/exporter_system_calls.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "common/array.h"
#include "confine/system_calls_reload.h"

/* SECURITY.md gives the reason for each call. */
static const struct sandbox_rule rules[] = {
	/* The event loop. libevent's version and the architecture decide which epoll_*wait is
	 * used. */
	{.call = SCMP_SYS(epoll_wait)},
	{.call = SCMP_SYS(epoll_pwait)},
	{.call = SCMP_SYS(epoll_ctl)},
	{.call = SCMP_SYS(rt_sigreturn)},
	{.call = SCMP_SYS(rt_sigaction)},
	{.call = SCMP_SYS(rt_sigprocmask)},
	/* The vDSO makes these calls if it cannot read the clock source (HPET, ACPI, Xen). */
	{.call = SCMP_SYS(clock_gettime)},
	{.call = SCMP_SYS(gettimeofday)},
	/* HTTP clients. */
	{.call = SCMP_SYS(accept4)},
	{SCMP_SYS(ioctl), {SANDBOX_IS(1, FIONREAD)}},
	{SCMP_SYS(ioctl), {SANDBOX_IS(1, TIOCOUTQ)}}, /* SIOCOUTQ, tcp(7) */
	{.call = SCMP_SYS(readv)},
	{.call = SCMP_SYS(writev)},
	{.call = SCMP_SYS(shutdown)},
	{.call = SCMP_SYS(close)},
	/* The collector. */
	{SCMP_SYS(socket), {SANDBOX_IS(0, AF_UNIX),
				   SANDBOX_IS(1, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK)}},
	{SCMP_SYS(getsockopt), {SANDBOX_IS(1, SOL_SOCKET), SANDBOX_IS(2, SO_PEERCRED)}},
	{SCMP_SYS(recvfrom), {SANDBOX_IS(4, 0)}},
	{SCMP_SYS(sendto), {SANDBOX_IS(4, 0)}},
	/* The log, and libevent's pipe for signals. */
	{SCMP_SYS(ppoll), {SANDBOX_IS(1, 1)}},
	{.call = SCMP_SYS(write)},
	/* libevent's pipe, and open files of /proc for the process_* metrics. */
	{.call = SCMP_SYS(read)},
	{.call = SCMP_SYS(pread64)},
	{.call = SCMP_SYS(lseek)},
	{.call = SCMP_SYS(getdents64)},
	/* Memory, never executable. */
	{.call = SCMP_SYS(brk)},
	{SCMP_SYS(mmap), {SANDBOX_LACKS(2, PROT_EXEC)}},
	{.call = SCMP_SYS(mremap)},
	{.call = SCMP_SYS(munmap)},
	/* Preloaded allocators (tests/exporter/allocators.py). */
	{.call = SCMP_SYS(madvise)},
	{SCMP_SYS(mprotect), {SANDBOX_LACKS(2, PROT_EXEC)}},
	{.call = SCMP_SYS(futex)},
	{.call = SCMP_SYS(sched_yield)},
	{.call = SCMP_SYS(getrandom)},
	{SCMP_SYS(prctl),
		{SANDBOX_IS(0, PR_SET_VMA)}}, /* names of memory, which some allocators set */
	{.call = SCMP_SYS(exit_group)},
};

#define RULES ARRAY_SIZE(rules)
#define DESCRIPTOR_BITS 16

/*
 * Allows connect(2) for all descriptors except `notify_fd`. Otherwise an intruder could connect
 * this datagram socket to any datagram socket of the host. There is one rule for each bit in which
 * a descriptor may differ from `notify_fd`. A rule for inequality would compare all 64 bits of the
 * argument, but the kernel uses only the lower 32.
 */
static size_t allow_connect(struct sandbox_rule *to, int notify_fd)
{
	if (notify_fd < 0) {
		*to = (struct sandbox_rule){.call = SCMP_SYS(connect)};
		return 1;
	}
	for (unsigned i = 0; i < DESCRIPTOR_BITS; i++) {
		scmp_datum_t bit = 1U << i, other = ~(scmp_datum_t)notify_fd & bit;

		to[i] = (struct sandbox_rule){
			SCMP_SYS(connect), {SCMP_CMP(0, SCMP_CMP_MASKED_EQ, bit, other)}};
	}
	return DESCRIPTOR_BITS;
}

int exporter_system_calls_restrict(enum sandbox_mode mode, bool reload, int notify_fd)
{
	struct sandbox_rule all[RULES + DESCRIPTOR_BITS + SYSTEM_CALLS_RELOAD];
	size_t n = RULES;

	memcpy(all, rules, sizeof(rules));
	n += allow_connect(all + n, notify_fd);
	if (reload) {
		memcpy(all + n, system_calls_reload, sizeof(system_calls_reload));
		n += SYSTEM_CALLS_RELOAD;
	}
	return sandbox_enter(mode, all, n);
}
