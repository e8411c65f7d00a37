/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Sweeps are half a second to ten seconds apart. A sweep follows each suspend, and pauses between
 * its steps.
 */
#include <criterion/criterion.h>

#include "sweep_schedule.h"

#define MS INT64_C(1000000)
#define S (1000 * MS)

/* Whether a sweep is due after the host was awake and suspended for these times. It had been
 * suspended before. */
static bool is_due(int64_t awake_ns, int64_t asleep_ns, bool deferred_and_room)
{
	const struct sweep_time last = {.monotonic_ns = 1234 * S + 567, .boot_ns = 98765 * S};
	const struct sweep_time now = {last.monotonic_ns + (uint64_t)awake_ns,
		last.boot_ns + (uint64_t)(awake_ns + asleep_ns)};

	return sweep_is_due(last, now, deferred_and_room);
}

Test(sweep_schedule, the_first_sweep_is_due_at_once)
{
	cr_assert_not(is_due(0, 0, false));
	cr_assert_not(is_due(0, 0, true));
	cr_assert_not(is_due(50 * MS, 0, true), "a tick later");
}

Test(sweep_schedule, every_ten_seconds_on_a_quiet_host)
{
	cr_assert_not(is_due(10 * S - 1, 0, false));
	cr_assert(is_due(10 * S, 0, false));
	cr_assert(is_due(INT64_MAX / 4, 0, false));
}

Test(sweep_schedule, sooner_while_segments_are_deferred)
{
	cr_assert_not(is_due(S / 2 - 1, 0, true));
	cr_assert(is_due(S / 2, 0, true));
}

Test(sweep_schedule, after_a_suspend)
{
	cr_assert(is_due(MS, S, false));
	cr_assert(is_due(MS, 7 * 86400 * S, false));
	cr_assert(is_due(MS, 7 * 86400 * S, true));
}

/* The clocks are read one after the other, so they may differ a little. */
Test(sweep_schedule, steps_have_pauses)
{
	cr_expect_eq(sweep_next_step_ns(100, 100), 100);
	cr_expect_eq(sweep_next_step_ns(5 * S, 6 * S), 15 * S);
}

Test(sweep_schedule, tolerates_the_time_between_two_clock_reads)
{
	cr_assert_not(is_due(5 * S, S - 1, false));
	cr_assert_not(is_due(5 * S, -1, false));
	cr_assert_not(is_due(5 * S, -2 * S, false));
}
