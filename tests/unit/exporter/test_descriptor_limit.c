/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests which limit of open files the exporter raises. */
#include <criterion/criterion.h>
#include <errno.h>
#include <sys/resource.h>

#include "descriptor_limit.h"
#include "support/failing_calls.h"

static struct rlimit64 limit;

REPLACED_CALL(int, getrlimit64, (int resource, struct rlimit64 *present))
{
	cr_assert_eq(resource, RLIMIT_NOFILE);
	*present = limit;
	return 0;
}

REPLACED_CALL(int, setrlimit64, (int resource, const struct rlimit64 *wanted))
{
	cr_assert_eq(resource, RLIMIT_NOFILE);
	if (failing_calls_now("setrlimit64"))
		return -1;
	limit = *wanted;
	return 0;
}

Test(descriptor_limit, raises_a_low_limit)
{
	limit = (struct rlimit64){40, 1024};
	cr_assert_eq(descriptor_limit_check(), 0);
	cr_assert_eq(limit.rlim_cur, 128);
	cr_assert_eq(limit.rlim_max, 1024);
}

Test(descriptor_limit, refuses_a_limit_that_cannot_be_raised)
{
	limit = (struct rlimit64){40, 127};
	cr_assert_eq(descriptor_limit_check(), -EMFILE);
	limit = (struct rlimit64){40, 128};
	failing_calls_set("setrlimit64", 1, EPERM);
	cr_assert_eq(descriptor_limit_check(), -EMFILE);
	failing_calls_assert_made();
}
