/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Gives up privileges before a kernel that the fixture plays. */
#include <stdio.h>

#include "collector_privileges.h"
#include "support/failing_calls.h"
#include "support/log_sink.h"
#include "support/privileged_process.h"

#define KEPT (BIT(CAP_BPF) | BIT(CAP_PERFMON))
#define LOCKED_SECUREBITS 0xef /* linux/securebits.h: all of capabilities, except KEEP_CAPS */
#define KEEP_CAPS 0x10u
#define EXEC_SECUREBITS 0xf00u /* those that a process without CAP_SETPCAP can lock */

static const struct user user = {.uid = 901, .gid = 902};

static void be_root(void)
{
	process = (struct process){.sets = {[CAP_EFFECTIVE] = ALL_CAPS, [CAP_PERMITTED] = ALL_CAPS},
		.bounding = ALL_CAPS,
		.groups = 3,
		.dumpable = true};
	falsify = NULL;
	failing_call.name = NULL;
}

/* A process as `User=`, `AmbientCapabilities=` and `CapabilityBoundingSet=` of systemd start it. */
static void be_service(void)
{
	process = (struct process){.sets = {KEPT, KEPT, KEPT},
		.bounding = KEPT,
		.ambient = KEPT,
		.uid = {901, 901, 901},
		.gid = {902, 902, 902},
		.dumpable = true};
}

static void setup(void)
{
	be_root();
	log_sink_use_pipe();
}

TestSuite(privileges, .init = setup);

static void assert_capabilities(uint64_t kept)
{
	cr_assert_eq(process.sets[CAP_EFFECTIVE], kept);
	cr_assert_eq(process.sets[CAP_PERMITTED], kept);
	cr_assert_eq(process.sets[CAP_INHERITABLE], 0);
	cr_assert_eq(process.ambient, 0);
}

static void assert_identity(void)
{
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(process.uid[i], user.uid);
		cr_assert_eq(process.gid[i], user.gid);
	}
	cr_assert_eq(process.groups, 0);
}

Test(privileges, root_keeps_two_capabilities)
{
	cr_assert_eq(privileges_drop(&user, true), 0);
	assert_capabilities(KEPT);
	assert_identity();
	cr_assert_eq(process.bounding, 0);
	cr_assert_eq(process.securebits, LOCKED_SECUREBITS);
	cr_assert(process.no_new_privs);
	cr_assert_not(process.dumpable);
	log_sink_assert_silence();
}

/* No process can change locked bits, and the kernel refuses an attempt. */
Test(privileges, other_securebits_stay)
{
	process.securebits = EXEC_SECUREBITS | KEEP_CAPS;
	cr_assert_eq(privileges_drop(&user, true), 0);
	cr_assert_eq(process.securebits, EXEC_SECUREBITS | LOCKED_SECUREBITS);
	log_sink_assert_silence();
}

Test(privileges, root_keeps_nothing)
{
	cr_assert_eq(privileges_drop(&user, false), 0);
	assert_capabilities(0);
	assert_identity();
	cr_assert_eq(process.bounding, 0);
}

/* Without CAP_SETPCAP the bounding set and the securebits stay as the service manager set them. */
Test(privileges, a_service_keeps_its_user)
{
	be_service();
	cr_assert_eq(privileges_drop(&user, true), 0);
	assert_capabilities(KEPT);
	assert_identity();
	cr_assert_eq(process.bounding, KEPT);
	cr_assert_eq(process.securebits, 0);
	log_sink_assert_silence();
}

/* A container's runtime may start root with CAP_BPF and CAP_PERFMON only. */
Test(privileges, root_that_cannot_become_the_user_is_refused)
{
	be_service();
	process.uid[1] = 0;
	cr_assert_eq(privileges_drop(&user, true), -EPERM);
	log_sink_assert_line(
		"cannot give up privileges: supplementary groups: Operation not permitted\n");
}

/* With CAP_SYS_ADMIN alone the kernel loads programs. So privileges_can_load() must refuse it. */
Test(privileges, nothing_is_kept_of_another_capability)
{
	be_service();
	process.sets[CAP_PERMITTED] = process.sets[CAP_EFFECTIVE] = BIT(CAP_SYS_ADMIN);
	cr_assert_eq(privileges_drop(&user, true), -EPERM);
	log_sink_assert_line("cannot give up privileges: capabilities: Operation not permitted\n");
}

Test(privileges, can_load)
{
	static const struct {
		uint64_t effective;
		bool can;
	} cases[] = {{0, false}, {BIT(CAP_BPF), false}, {BIT(CAP_PERFMON), false}, {KEPT, true},
		{BIT(CAP_SYS_ADMIN), false}, {ALL_CAPS & ~KEPT, false}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		process.sets[CAP_EFFECTIVE] = cases[i].effective;
		cr_assert_eq(privileges_can_load(), cases[i].can, "case %zu", i);
	}
	process.sets[CAP_EFFECTIVE] = KEPT;
	failing_calls_set("cap_get_proc", 1, ENOMEM);
	cr_assert_not(privileges_can_load());
	failing_calls_assert_made();
}

/* Each step that fails ends the drop. The process then keeps what later steps would drop. */
Test(privileges, a_failed_call_is_the_result)
{
	static const struct {
		const char *call;
		unsigned at;
		bool as_user; /* whether the process had become the user before */
		const char *step;
	} calls[] = {{"PR_SET_NO_NEW_PRIVS", 1, false, "no_new_privs"},
		{"cap_drop_bound", 1, false, "bounding set"},
		{"cap_drop_bound", CAP_LAST_CAP + 1, false, "bounding set"},
		{"cap_set_secbits", 1, false, "securebits"},
		{"setgroups", 1, false, "supplementary groups"},
		{"setresgid", 1, false, "group id"}, {"setresuid", 1, false, "user id"},
		{"cap_init", 1, true, "capabilities"}, {"cap_set_flag", 1, true, "capabilities"},
		{"cap_set_flag", 2, true, "capabilities"},
		{"cap_reset_ambient", 1, true, "ambient set"},
		{"cap_set_proc", 1, true, "capabilities"},
		{"PR_SET_DUMPABLE", 1, true, "dumpable flag"}};
	char line[128];

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		be_root();
		failing_calls_set(calls[i].call, calls[i].at, ENOMEM);
		cr_assert_eq(privileges_drop(&user, true), -ENOMEM, "%s", calls[i].call);
		failing_calls_assert_made();
		snprintf(line, sizeof(line),
			"cannot give up privileges: %s: Cannot allocate memory\n", calls[i].step);
		log_sink_assert_line(line);
		log_sink_assert_silence();
		cr_assert(process.dumpable, "%s", calls[i].call);
		cr_assert_eq(process.uid[1] == user.uid, calls[i].as_user, "%s", calls[i].call);
	}
}

#define FALSIFY(name, change)                                                                      \
	static void falsify_##name(void)                                                           \
	{                                                                                          \
		change;                                                                            \
	}

FALSIFY(no_new_privs, process.no_new_privs = false)
FALSIFY(dumpable, process.dumpable = true)
FALSIFY(securebits, process.securebits &= ~1U)
FALSIFY(saved_uid, process.uid[2] = 0)
FALSIFY(real_uid, process.uid[0] = 903)
FALSIFY(saved_gid, process.gid[2] = 0)
FALSIFY(groups, process.groups = 1)
FALSIFY(permitted, process.sets[CAP_PERMITTED] |= BIT(CAP_SYS_ADMIN))
FALSIFY(not_permitted, process.sets[CAP_PERMITTED] &= ~BIT(CAP_BPF))
FALSIFY(effective, process.sets[CAP_EFFECTIVE] |= BIT(CAP_LAST_CAP))
FALSIFY(inheritable, process.sets[CAP_INHERITABLE] |= BIT(0))
FALSIFY(ambient, process.ambient |= BIT(CAP_BPF))
FALSIFY(bounding, process.bounding |= BIT(CAP_LAST_CAP))
FALSIFY(unreadable_uids, failing_calls_set("getresuid", 1, EFAULT))
FALSIFY(unreadable_gids, failing_calls_set("getresgid", 1, EFAULT))
FALSIFY(unreadable_sets, failing_calls_set("cap_get_proc", 1, ENOMEM))

/* If the kernel shows another value than was set, the collector must not go on. */
Test(privileges, reads_back)
{
	static const struct {
		void (*falsify)(void);
		const char *property;
	} lies[] = {
		{falsify_no_new_privs, "no_new_privs"},
		{falsify_dumpable, "dumpable flag"},
		{falsify_securebits, "securebits"},
		{falsify_saved_uid, "user id"},
		{falsify_real_uid, "user id"},
		{falsify_saved_gid, "group id"},
		{falsify_groups, "supplementary groups"},
		{falsify_permitted, "permitted set"},
		{falsify_not_permitted, "permitted set"},
		{falsify_effective, "effective set"},
		{falsify_inheritable, "inheritable set"},
		{falsify_ambient, "ambient set"},
		{falsify_bounding, "bounding set"},
		{falsify_unreadable_sets, "capabilities"},
		{falsify_unreadable_uids, "user and group ids"},
		{falsify_unreadable_gids, "user and group ids"},
	};
	char line[128];

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		be_root();
		falsify = lies[i].falsify;
		snprintf(line, sizeof(line),
			"cannot give up privileges: the check of the %s failed\n",
			lies[i].property);
		cr_assert_eq(privileges_drop(&user, true), -EPERM, "%s", lies[i].property);
		log_sink_assert_line(line);
	}
}
