/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "support/privileged_process.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "support/failing_calls.h"

struct process process;
void (*falsify)(void);

static bool lacks(cap_value_t cap)
{
	errno = EPERM;
	return !(process.sets[CAP_EFFECTIVE] & BIT(cap));
}

/* Stricter than the kernel, which checks only some operations: unused arguments must be 0. */
static bool any_is_set(va_list arguments, int count)
{
	int all = 0;

	while (count-- > 0)
		all |= va_arg(arguments, int);
	return all;
}

REPLACED_CALL(int, prctl, (int option, unsigned long value, ...))
{
	bool sets = option == PR_SET_NO_NEW_PRIVS || option == PR_SET_DUMPABLE, unused_is_set;
	va_list rest;

	va_start(rest, value);
	unused_is_set = any_is_set(rest, 3) || (!sets && value != 0);
	va_end(rest);
	if (unused_is_set) {
		errno = EINVAL;
		return -1;
	}
	if ((option == PR_SET_NO_NEW_PRIVS && failing_calls_now("PR_SET_NO_NEW_PRIVS")) ||
		(option == PR_SET_DUMPABLE && failing_calls_now("PR_SET_DUMPABLE")))
		return -1;
	switch (option) {
	case PR_SET_NO_NEW_PRIVS:
		process.no_new_privs = value;
		return 0;
	case PR_SET_DUMPABLE: /* the last step */
		process.dumpable = value;
		if (falsify)
			falsify();
		return 0;
	case PR_GET_NO_NEW_PRIVS:
		return process.no_new_privs;
	case PR_GET_DUMPABLE:
		return process.dumpable;
	}
	errno = EINVAL;
	return -1;
}

REPLACED_CALL(uid_t, geteuid, (void))
{
	return process.uid[1];
}

REPLACED_CALL(int, setgroups, (size_t n, const gid_t *groups))
{
	(void)groups;
	if (failing_calls_now("setgroups") || lacks(CAP_SETGID))
		return -1;
	process.groups = (int)n;
	return 0;
}

REPLACED_CALL(int, getgroups, (int n, gid_t *groups))
{
	(void)n, (void)groups;
	return process.groups;
}

REPLACED_CALL(int, setresgid, (gid_t real, gid_t effective, gid_t saved))
{
	if (failing_calls_now("setresgid") || lacks(CAP_SETGID))
		return -1;
	process.gid[0] = real, process.gid[1] = effective, process.gid[2] = saved;
	return 0;
}

REPLACED_CALL(int, setresuid, (uid_t real, uid_t effective, uid_t saved))
{
	if (failing_calls_now("setresuid") || lacks(CAP_SETUID))
		return -1;
	process.uid[0] = real, process.uid[1] = effective, process.uid[2] = saved;
	return 0;
}

REPLACED_CALL(int, getresuid, (uid_t * real, uid_t *effective, uid_t *saved))
{
	*real = process.uid[0], *effective = process.uid[1], *saved = process.uid[2];
	return failing_calls_now("getresuid") ? -1 : 0;
}

REPLACED_CALL(int, getresgid, (gid_t * real, gid_t *effective, gid_t *saved))
{
	*real = process.gid[0], *effective = process.gid[1], *saved = process.gid[2];
	return failing_calls_now("getresgid") ? -1 : 0;
}

REPLACED_CALL(int, cap_drop_bound, (cap_value_t cap))
{
	if (failing_calls_now("cap_drop_bound") || lacks(CAP_SETPCAP))
		return -1;
	process.bounding &= ~BIT(cap);
	return 0;
}

REPLACED_CALL(int, cap_get_bound, (cap_value_t cap))
{
	return (process.bounding & BIT(cap)) != 0;
}

REPLACED_CALL(int, cap_get_ambient, (cap_value_t cap))
{
	return (process.ambient & BIT(cap)) != 0;
}

REPLACED_CALL(int, cap_reset_ambient, (void))
{
	process.ambient = 0;
	return failing_calls_now("cap_reset_ambient") ? -1 : 0;
}

REPLACED_CALL(int, cap_set_secbits, (unsigned bits))
{
	if (failing_calls_now("cap_set_secbits") || lacks(CAP_SETPCAP))
		return -1;
	process.securebits = bits;
	return 0;
}

REPLACED_CALL(unsigned, cap_get_secbits, (void))
{
	return process.securebits;
}

REPLACED_CALL(int, cap_max_bits, (void))
{
	return CAP_LAST_CAP + 1;
}

FAILING_CALL(cap_t, NULL, cap_init, (void), ())
FAILING_CALL(int, -1, cap_set_flag,
	(cap_t caps, cap_flag_t set, int n, const cap_value_t *values, cap_flag_value_t value),
	(caps, set, n, values, value))

REPLACED_CALL(cap_t, cap_get_proc, (void))
{
	cap_t caps = failing_calls_now("cap_get_proc") ? NULL : __real_cap_init();

	for (cap_value_t cap = 0; caps && cap <= CAP_LAST_CAP; cap++)
		for (cap_flag_t set = CAP_EFFECTIVE; set <= CAP_INHERITABLE; set++)
			if (process.sets[set] & BIT(cap))
				__real_cap_set_flag(caps, set, 1, &cap, CAP_SET);
	return caps;
}

REPLACED_CALL(int, cap_set_proc, (cap_t caps))
{
	const uint64_t permitted = process.sets[CAP_PERMITTED];

	if (failing_calls_now("cap_set_proc"))
		return -1;
	for (cap_value_t cap = 0; cap <= CAP_LAST_CAP; cap++) {
		cap_flag_value_t value = CAP_CLEAR;

		cap_get_flag(caps, cap, CAP_PERMITTED, &value);
		if (value == CAP_SET && !(permitted & BIT(cap))) {
			errno = EPERM;
			return -1;
		}
	}
	for (cap_value_t cap = 0; cap <= CAP_LAST_CAP; cap++)
		for (cap_flag_t set = CAP_EFFECTIVE; set <= CAP_INHERITABLE; set++) {
			cap_flag_value_t value = CAP_CLEAR;

			cap_get_flag(caps, cap, set, &value);
			process.sets[set] &= ~BIT(cap);
			process.sets[set] |= value == CAP_SET ? BIT(cap) : 0;
		}
	return 0;
}
