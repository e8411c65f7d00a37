/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Which processes the exporter refuses to be. This file plays the kernel's view of the process. */
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include "confine/exporter_privileges.h"
#include "support/failing_calls.h"
#include "support/log_sink.h"

static struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];
static uid_t uids[3];
static bool no_new_privs, dumpable;

REPLACED_CALL(long, syscall,
	(long call, struct __user_cap_header_struct *header, struct __user_cap_data_struct *data))
{
	cr_assert_eq(call, SYS_capget);
	cr_assert_eq(header->version, _LINUX_CAPABILITY_VERSION_3);
	cr_assert_eq(header->pid, 0);
	memcpy(data, caps, sizeof(caps));
	return failing_calls_now("capget") ? -1 : 0;
}

REPLACED_CALL(int, getresuid, (uid_t * real, uid_t *effective, uid_t *saved))
{
	*real = uids[0], *effective = uids[1], *saved = uids[2];
	return failing_calls_now("getresuid") ? -1 : 0;
}

REPLACED_CALL(int, prctl, (int option, unsigned long value, ...))
{
	bool privs = option == PR_SET_NO_NEW_PRIVS;

	cr_assert(privs ? value == 1 : option == PR_SET_DUMPABLE && value == 0);
	if (failing_calls_now(privs ? "PR_SET_NO_NEW_PRIVS" : "PR_SET_DUMPABLE"))
		return -1;
	*(privs ? &no_new_privs : &dumpable) = privs;
	return 0;
}

static void be_ordinary(void)
{
	memset(caps, 0, sizeof(caps));
	uids[0] = uids[1] = uids[2] = 901;
	no_new_privs = false;
	dumpable = true;
}

static void setup(void)
{
	be_ordinary();
	log_sink_use_pipe();
}

TestSuite(exporter_privileges, .init = setup);

Test(exporter_privileges, an_ordinary_user)
{
	cr_assert_eq(privileges_refuse(false), 0);
	cr_assert(no_new_privs);
	cr_assert_not(dumpable);
	log_sink_assert_silence();
}

static void assert_refused(const char *as)
{
	char line[256];

	snprintf(line, sizeof(line),
		"refusing to run %s: the exporter needs no privileges; start it as an ordinary user "
		"(systemd: User=rexmit-exporter), or give --allow-root\n",
		as);
	cr_assert_eq(privileges_refuse(false), -EPERM);
	log_sink_assert_line(line);
	cr_assert_not(no_new_privs);
}

/* A saved uid of 0 suffices to become root again. */
Test(exporter_privileges, no_uid_is_root)
{
	for (size_t i = 0; i < 3; i++) {
		be_ordinary();
		uids[i] = 0;
		assert_refused("as root");
	}
}

/* An inheritable capability can become permitted by execve(2), which no_new_privs forbids later. */
Test(exporter_privileges, no_capability)
{
	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		be_ordinary();
		caps[i].permitted = 1U << 31;
		assert_refused("with capabilities");
		be_ordinary();
		caps[i].inheritable = 1;
		assert_refused("with capabilities");
	}
}

Test(exporter_privileges, allow_root)
{
	uids[0] = uids[1] = uids[2] = 0;
	caps[0].permitted = UINT32_MAX;
	cr_assert_eq(privileges_refuse(true), 0);
	cr_assert(no_new_privs);
	cr_assert_not(dumpable);
	log_sink_assert_silence();
}

/* If the privileges are unknown, the exporter must not go on. */
Test(exporter_privileges, a_failed_call_is_the_result)
{
	static const struct {
		const char *call, *line;
	} calls[] = {
		{"capget", "cannot read the privileges of this process: Cannot allocate memory\n"},
		{"getresuid",
			"cannot read the privileges of this process: Cannot allocate memory\n"},
		{"PR_SET_NO_NEW_PRIVS",
			"cannot set no_new_privs or clear the dumpable flag: Cannot allocate memory\n"},
		{"PR_SET_DUMPABLE",
			"cannot set no_new_privs or clear the dumpable flag: Cannot allocate memory\n"},
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		failing_calls_set(calls[i].call, 1, ENOMEM);
		cr_assert_eq(privileges_refuse(false), -ENOMEM, "%s", calls[i].call);
		failing_calls_assert_made();
		log_sink_assert_line(calls[i].line);
		log_sink_assert_silence();
	}
}
