/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests the counts of the table, and its limits. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "support/table_fixture.h"

Test(table, counts_by_group_and_cause)
{
	struct table *t;

	cr_assert_eq(table_new(&t, NULL, 10), 0);
	add(t, 1, WIRE_CAUSE_FAST, 3, 10, now);
	add(t, 2, WIRE_CAUSE_FAST, 4, 0, now);
	add(t, 1, WIRE_CAUSE_SYN, 1, 0, now);
	add(t, 1, WIRE_CAUSE_FAST, 5, 7, now);
	add(t, 3, WIRE_CAUSE_NONE, 0, 9, now);
	cr_assert_eq(find(t, 1)->retransmitted[WIRE_CAUSE_FAST], 8);
	cr_assert_eq(find(t, 1)->retransmitted[WIRE_CAUSE_SYN], 1);
	cr_assert_eq(find(t, 1)->sent, 17);
	cr_assert_eq(find(t, 2)->retransmitted[WIRE_CAUSE_FAST], 4);
	cr_assert_eq(find(t, 3)->sent, 9);
	cr_assert_eq(checked_totals(t).series, 3);
	table_free(t);
}

/* Groups of a state file that has other labels count as evicted, without a loss. */
Test(table, folds_all_groups_into_the_evicted_counts)
{
	struct totals before, after;
	struct table *t;

	cr_assert_eq(table_new(&t, NULL, 3), 0);
	for (uint32_t number = 0; number < 5; number++)
		add(t, number, WIRE_CAUSE_FAST, number + 1, number, now);
	cr_assert_gt(table_counts(t)->other.retransmitted[WIRE_CAUSE_FAST], 0);
	before = checked_totals(t);
	table_fold(t);
	after = checked_totals(t);
	cr_assert_eq(after.groups, 0);
	cr_assert_eq(after.retransmitted, before.retransmitted);
	cr_assert_eq(after.sent, before.sent);
	cr_assert_eq(table_counts(t)->evicted, before.retransmitted);
	cr_assert_eq(table_counts(t)->evicted_sent, before.sent);
	table_free(t);
}

/* `other` counts only what was added to `other`, even if its group is in the table. */
Test(table, recent_segments)
{
	struct table_time later = {.real_s = now.real_s + 60, .monotonic_s = now.monotonic_s + 60};
	struct table_time idle = {.real_s = now.real_s + 999, .monotonic_s = now.monotonic_s + 999};
	struct recent_counts counts;
	struct table *t;

	cr_assert_eq(table_new(&t, NULL, 1), 0);
	add(t, 1, WIRE_CAUSE_FAST, 3, 10, now);
	add(t, 1, WIRE_CAUSE_SYN, 5, 7, later);
	add(t, 2, WIRE_CAUSE_SYN, 9, 8, later);
	counts = table_recent(t, find(t, 1), later.monotonic_s);
	cr_assert_eq(counts.retransmitted, 3);
	cr_assert_eq(counts.sent, 17);
	cr_assert_eq(counts.resets, 5 * 17);
	counts = table_recent(t, &table_counts(t)->other, later.monotonic_s + 1);
	cr_assert_eq(counts.retransmitted, 14);
	cr_assert_eq(counts.sent, 8);
	cr_assert_eq(counts.resets, 5 * 8);
	/* A group that replaces another group starts at zero. */
	table_expire(t, 1, 1, later);
	cr_assert_not_null(find(t, 1));
	table_expire(t, 1, 900, idle);
	cr_assert_null(find(t, 1));
	add(t, 3, WIRE_CAUSE_SYN, 1, 2, later);
	counts = table_recent(t, find(t, 3), later.monotonic_s);
	cr_assert_eq(counts.retransmitted, 1);
	cr_assert_eq(counts.sent, 2);
	table_free(t);
}

Test(table, a_full_table_counts_in_other)
{
	struct table *t;

	cr_assert_eq(table_new(&t, NULL, 100), 0);
	for (uint32_t i = 0; i < 100000; i++)
		add(t, i, WIRE_CAUSE_FAST, 2, 3, now);
	cr_assert_eq(table_size(t)->groups, 100);
	cr_assert_eq(table_counts(t)->overflow_records, 99900);
	cr_assert_eq(group_sum(&table_counts(t)->other), 2 * 99900);
	cr_assert_eq(checked_totals(t).retransmitted, 200000);
	cr_assert_eq(checked_totals(t).sent, 300000);
	/* Groups that are already in the table still count. */
	add(t, 99, WIRE_CAUSE_FAST, 1, 0, now);
	cr_assert_eq(find(t, 99)->retransmitted[WIRE_CAUSE_FAST], 3);
	table_free(t);
}

Test(table, a_new_cause_needs_a_series)
{
	struct table *t;

	cr_assert_eq(table_new(&t, NULL, 2), 0);
	add(t, 1, WIRE_CAUSE_FAST, 1, 0, now);
	add(t, 1, WIRE_CAUSE_PROBE, 1, 0, now);
	add(t, 1, WIRE_CAUSE_TIMEOUT, 5, 7, now);
	cr_assert_eq(find(t, 1)->retransmitted[WIRE_CAUSE_TIMEOUT], 0);
	cr_assert_eq((&table_counts(t)->other)->retransmitted[WIRE_CAUSE_TIMEOUT], 5);
	/* Sent segments need no new series. */
	cr_assert_eq(find(t, 1)->sent, 7);
	cr_assert_eq(checked_totals(t).retransmitted, 7);
	table_free(t);
}

static void check_model(const struct group *group, const uint64_t expected[WIRE_CAUSES])
{
	for (int cause = 0; group && cause < WIRE_CAUSES; cause++)
		cr_assert_eq(group->retransmitted[cause], expected[cause], "cause %d", cause);
}

/* Adds an event to the table, and to the expected counts of its group. */
static void add_to_model(struct table *t, uint64_t expected[WIRE_CAUSES], uint32_t number,
	enum wire_cause cause, uint32_t count, struct table_time when)
{
	uint64_t other = table_counts(t)->other.retransmitted[cause];

	if (!find(t, number))
		memset(expected, 0, WIRE_CAUSES * sizeof(*expected));
	add(t, number, cause, count, 4, when);
	other = table_counts(t)->other.retransmitted[cause] - other;
	cr_assert(other == 0 || other == count, "a part of an event is in other");
	cr_assert(other == count || find(t, number), "an event is in no group");
	expected[cause] += count - other;
	check_model(find(t, number), expected);
}

/*
 * Does random work on a small table. Each event must count in its group or in "other". The model
 * has the counts of each group since the group was last created.
 */
Test(table, counts_random_events_exactly)
{
	enum { KEYS = 3000, LIMIT = 700, STEPS = 60000 };
	static uint64_t expected[KEYS][WIRE_CAUSES];
	struct table_time when = now;
	uint64_t segments = 0, sent = 0, connections = 0;
	struct table *t;

	srandom(1122);
	cr_assert_eq(table_new(&t, NULL, LIMIT), 0);
	for (int step = 0; step < STEPS; step++) {
		uint32_t number = (uint32_t)(random() % KEYS);
		enum wire_cause cause = (enum wire_cause)(random() % WIRE_CAUSES);
		uint32_t count = cause == WIRE_CAUSE_NONE ? 0 : 1 + (uint32_t)random() % 3;

		add_to_model(t, expected[number], number, cause, count, when);
		segments += count;
		sent += 4;
		connections += count > 0;
		when.monotonic_s += random() % 50 == 0;
		if (random() % 20 == 0)
			table_expire(t, 40, 60, when);
		if (step % 1000 != 0)
			continue;
		cr_assert_eq(checked_totals(t).retransmitted, segments);
		cr_assert_eq(checked_totals(t).sent, sent);
		cr_assert_eq(checked_totals(t).connections, connections);
		for (uint32_t i = 0; i < KEYS; i += 37)
			check_model(find(t, i), expected[i]);
	}
	cr_assert_gt(table_counts(t)->evicted_groups, 1000);
	cr_assert_gt(table_counts(t)->overflow_records, 1000);
	table_free(t);
}
