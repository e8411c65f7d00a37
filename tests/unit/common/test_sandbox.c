/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The system call filter. This file plays the calls that would install it in the test's process. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/sandbox.h"
#include "support/failing_calls.h"
#include "support/log_sink.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif

static bool no_new_privs;
static unsigned installed, memory_flags;
static uint32_t otherwise; /* what the filter returns for a call without rule */

REPLACED_CALL(int, prctl, (int option, unsigned long value, ...))
{
	cr_assert(option == PR_SET_NO_NEW_PRIVS && value == 1);
	no_new_privs = true;
	return failing_calls_now("prctl") ? -1 : 0;
}

/* Finds the result of the filter for a call without rule: that which no other call has. */
REPLACED_CALL(long, syscall,
	(long call, unsigned operation, unsigned flags, const struct sock_fprog *program))
{
	cr_assert(call == SYS_seccomp && operation == SECCOMP_SET_MODE_FILTER && flags == 0);
	cr_assert(no_new_privs);
	for (unsigned i = 0; i < program->len; i++) {
		const struct sock_filter *step = &program->filter[i];

		if (step->code == (BPF_RET | BPF_K) && step->k != SECCOMP_RET_ALLOW)
			otherwise = otherwise ? otherwise : step->k;
	}
	installed++;
	return failing_calls_now("syscall") ? -1 : 0;
}

int __real_memfd_create(const char *name, unsigned flags);
REPLACED_CALL(int, memfd_create, (const char *name, unsigned flags))
{
	memory_flags = flags;
	return failing_calls_now("memfd_create") ? -1 : __real_memfd_create(name, MFD_CLOEXEC);
}

FAILING_CALL(
	ssize_t, -1, pread64, (int fd, void *data, size_t size, off_t at), (fd, data, size, at))
FAILING_CALL(scmp_filter_ctx, NULL, seccomp_init, (uint32_t action), (action))
FAILING_CALL(int, -errno, seccomp_export_bpf, (scmp_filter_ctx filter, int fd), (filter, fd))
FAILING_CALL(int, -errno, seccomp_rule_add_array,
	(scmp_filter_ctx filter, uint32_t action, int call, unsigned n,
		const struct scmp_arg_cmp *conditions),
	(filter, action, call, n, conditions))

static const struct sandbox_rule rules[] = {
	{.call = SCMP_SYS(read)}, {SCMP_SYS(write), {SANDBOX_IS(0, STDERR_FILENO)}}};
static unsigned fds_before;

static void setup(void)
{
	log_sink_use_pipe();
	fds_before = failing_calls_open_fds();
}

static void teardown(void)
{
	cr_assert_eq(failing_calls_open_fds(), fds_before, "a descriptor is still open");
}

TestSuite(sandbox, .init = setup, .fini = teardown);

static int enter(enum sandbox_mode mode)
{
	return sandbox_enter(mode, rules, 2);
}

Test(sandbox, kills)
{
	cr_assert_eq(enter(SANDBOX_KILL), 0);
	cr_assert_eq(installed, 1);
	cr_assert_eq(otherwise, SECCOMP_RET_KILL_PROCESS);
	cr_assert_eq(memory_flags, MFD_CLOEXEC | MFD_NOEXEC_SEAL);
	log_sink_assert_silence();
}

Test(sandbox, is_off)
{
	cr_assert_eq(enter(SANDBOX_OFF), 0);
	cr_assert_eq(installed, 0);
	log_sink_assert_line("running without a system call filter, because of --seccomp off\n");
}

/* Kernels before 6.3 do not know the flag. */
Test(sandbox, older_kernels)
{
	failing_calls_set("memfd_create", 1, EINVAL);
	cr_assert_eq(enter(SANDBOX_KILL), 0);
	failing_calls_assert_made();
	cr_assert_eq(memory_flags, MFD_CLOEXEC);
	cr_assert_eq(installed, 1);
}

/* Without the filter the program must not go on. */
Test(sandbox, is_not_installed)
{
	static const char *const calls[] = {"seccomp_init", "seccomp_rule_add_array",
		"memfd_create", "seccomp_export_bpf", "pread64", "prctl", "syscall"};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		failing_calls_set(calls[i], 1, ENOMEM);
		cr_assert_eq(enter(SANDBOX_KILL), -ENOMEM, "%s", calls[i]);
		failing_calls_assert_made();
		log_sink_assert_line(
			"cannot install the system call filter: Cannot allocate memory\n");
	}
}

/* A truncated filter could allow any call. */
Test(sandbox, is_too_long)
{
	static struct sandbox_rule many[400];

	for (int i = 0; i < 400; i++)
		many[i] = (struct sandbox_rule){.call = i};
	failing_calls_set("pread64", 1, 0);
	cr_assert_eq(enter(SANDBOX_KILL), -E2BIG, "an empty filter");
	log_sink_assert_line("cannot install the system call filter: Argument list too long\n");
	for (int i = 0; i < 400; i++)
		many[i] = (struct sandbox_rule){
			SCMP_SYS(write), {SANDBOX_IS(0, i), SANDBOX_IS(1, 7 * i)}};
	cr_assert_eq(sandbox_enter(SANDBOX_KILL, many, 400), -E2BIG);
	cr_assert_eq(installed, 0);
}

Test(sandbox, modes)
{
	enum sandbox_mode mode = SANDBOX_OFF;

	cr_assert_eq(sandbox_mode_parse("kill", &mode), 0);
	cr_assert_eq(mode, SANDBOX_KILL);
	cr_assert_eq(sandbox_mode_parse("log", &mode), 0);
	cr_assert_eq(mode, SANDBOX_LOG);
	cr_assert_eq(sandbox_mode_parse("off", &mode), 0);
	cr_assert_eq(mode, SANDBOX_OFF);
	cr_assert_eq(sandbox_mode_parse("on", &mode), -EINVAL);
}
