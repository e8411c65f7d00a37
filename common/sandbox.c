/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "sandbox.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "array.h"
#include "cleanup.h"
#include "log.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U /* linux/memfd.h since 6.3 */
#endif

int sandbox_mode_parse(const char *name, enum sandbox_mode *mode)
{
	static const char *const names[] = {
		[SANDBOX_KILL] = "kill",
		[SANDBOX_LOG] = "log",
		[SANDBOX_OFF] = "off",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(name, names[i]) == 0) {
			*mode = (enum sandbox_mode)i;
			return 0;
		}
	}
	return -EINVAL;
}

/*
 * Makes a file in memory. The file is not executable, because since Linux 6.3 vm.memfd_noexec may
 * forbid executable files. Older kernels do not know the flag.
 */
static int memory_file(void)
{
	int fd = memfd_create("filter", MFD_CLOEXEC | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("filter", MFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Returns the number of bytes written to `code`, or a negative errno. */
static ssize_t compile(scmp_filter_ctx filter, void *code, size_t size)
{
	_cleanup_close_ int fd = memory_file();
	ssize_t length;
	int r;

	if (fd < 0)
		return fd;
	r = seccomp_export_bpf(filter, fd);
	if (r)
		return r;
	length = pread(fd, code, size, 0);
	return length < 0 ? -errno : length;
}

unsigned sandbox_conditions(const struct sandbox_rule *rule)
{
	unsigned n = 0;

	while (n < ARRAY_SIZE(rule->condition) && rule->condition[n].op)
		n++;
	return n;
}

static ssize_t translate(
	uint32_t otherwise, const struct sandbox_rule *rules, size_t n, void *code, size_t size)
{
	/* In any mode, calls of another architecture kill the process: libseccomp's default. */
	scmp_filter_ctx filter = seccomp_init(otherwise);
	ssize_t r = filter ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rules[i].call,
			sandbox_conditions(&rules[i]), rules[i].condition);
	if (r == 0)
		r = compile(filter, code, size);
	if (filter)
		seccomp_release(filter);
	return r;
}

/*
 * Installs the filter. seccomp_load(3) is not used, because it frees memory after it has installed
 * the filter. To free memory, the allocator may make a call that the filter denies.
 */
static int install(uint32_t otherwise, const struct sandbox_rule *rules, size_t n)
{
	struct sock_filter code[1024];
	ssize_t size = translate(otherwise, rules, n, code, sizeof(code));
	struct sock_fprog program = {.filter = code};

	if (size < 0)
		return (int)size;
	if (size == 0 || size == sizeof(code))
		return -E2BIG;
	program.len = (unsigned short)((size_t)size / sizeof(code[0]));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
		return -errno;
	return 0;
}

int sandbox_enter(enum sandbox_mode mode, const struct sandbox_rule *rules, size_t n)
{
	int r;

	if (mode == SANDBOX_OFF) {
		log_warning("running without a system call filter, because of --seccomp off");
		return 0;
	}
	r = install(mode == SANDBOX_LOG ? SCMP_ACT_LOG : SCMP_ACT_KILL_PROCESS, rules, n);
	if (r)
		log_error("cannot install the system call filter: %s", strerror(-r));
	return r;
}
