/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests the collector's status line, which "systemctl status" shows. */
#include <criterion/criterion.h>
#include <signal.h>

#include "status.h"

static const struct counters counters = {
	.segments = {[WIRE_SCOPE_HOST][WIRE_CAUSE_FAST] = 1000,
		[WIRE_SCOPE_OTHER][WIRE_CAUSE_UNKNOWN] = 234},
	.unattributed = {[WIRE_CAUSE_SYN] = 5, [WIRE_CAUSE_PROBE] = 6},
	.deferred = 7, /* follows the array, and is no part of the sums */
};

Test(status, without_counts)
{
	struct counters none = {0};
	char text[160];

	status_write(text, sizeof(text), false, &none, 0);
	cr_assert_str_eq(text,
		"STATUS=No exporter connected; 0 segments counted, 0 unattributed, ring 0% full");
}

Test(status, sums_scopes_and_causes)
{
	char text[160];

	status_write(text, sizeof(text), true, &counters, 99);
	cr_assert_str_eq(text,
		"STATUS=Exporter connected; 1234 segments counted, 11 unattributed, ring 99% full");
}

Test(status, last_line)
{
	char text[160];

	status_write_end(text, sizeof(text), SIGTERM, 86400, &counters);
	cr_assert_str_eq(
		text, "stopped by SIGTERM after 86400 s: 1234 segments counted, 11 unattributed");
	status_write_end(text, sizeof(text), SIGINT, 0, &counters);
	cr_assert_str_eq(
		text, "stopped by SIGINT after 0 s: 1234 segments counted, 11 unattributed");
}

Test(status, has_room_for_the_largest_numbers)
{
	static const struct counters largest = {
		.segments = {[WIRE_SCOPE_HOST][WIRE_CAUSE_FAST] = UINT64_MAX},
		.unattributed = {[WIRE_CAUSE_SYN] = UINT64_MAX},
	};
	char text[160];

	status_write(text, sizeof(text), false, &largest, 100);
	cr_assert_str_eq(text, "STATUS=No exporter connected; 18446744073709551615 segments "
			       "counted, 18446744073709551615 unattributed, ring 100% full");
}
