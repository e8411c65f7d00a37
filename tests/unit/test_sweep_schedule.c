/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* No two sweeps within a second, none missing for more than ten. */
#include <criterion/criterion.h>

#include "sweep_schedule.h"

#define S UINT64_C(1000000000)

Test(sweep_schedule, of_a_start)
{
	const uint64_t started = 1234 * S + 567;

	cr_assert_not(sweep_is_due(started, started, false));
	cr_assert_not(sweep_is_due(started, started, true));
	cr_assert_not(sweep_is_due(started, started + 50000000, true), "a tick later");
}

Test(sweep_schedule, of_a_quiet_host)
{
	cr_assert_not(sweep_is_due(5 * S, 15 * S - 1, false));
	cr_assert(sweep_is_due(5 * S, 15 * S, false));
	cr_assert(sweep_is_due(0, UINT64_MAX, false));
}

Test(sweep_schedule, while_something_is_deferred)
{
	cr_assert_not(sweep_is_due(5 * S, 6 * S - 1, true));
	cr_assert(sweep_is_due(5 * S, 6 * S, true));
}
