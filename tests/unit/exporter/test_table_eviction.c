/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests which groups are evicted, and when. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "support/table_fixture.h"

Test(table_eviction, groups_without_losses_are_evicted)
{
	struct table *t;

	cr_assert_eq(table_new(&t, NULL, 50), 0);
	for (uint32_t i = 0; i < 50; i++)
		add(t, i, WIRE_CAUSE_NONE, 0, 10, now);
	/* A group without losses does not evict another group. */
	add(t, 1000, WIRE_CAUSE_NONE, 0, 10, now);
	cr_assert_null(find(t, 1000));
	cr_assert_eq((&table_counts(t)->other)->sent, 10);
	for (uint32_t i = 100; i < 150; i++)
		add(t, i, WIRE_CAUSE_FAST, 1, 1, now);
	for (uint32_t i = 100; i < 150; i++)
		cr_assert_eq(find(t, i)->retransmitted[WIRE_CAUSE_FAST], 1);
	cr_assert_eq(table_counts(t)->evicted_sent, 500);
	cr_assert_eq(group_sum(&table_counts(t)->other), 0);
	/* A group with losses is not evicted. */
	add(t, 2000, WIRE_CAUSE_FAST, 1, 0, now);
	cr_assert_null(find(t, 2000));
	cr_assert_eq(checked_totals(t).sent, 560);
	table_free(t);
}

/*
 * The oldest group of the lowest rank is evicted first. An event that proves a handshake raises the
 * group's rank permanently.
 */
Test(table_eviction, unproven_groups_are_evicted_first)
{
	struct table *t;

	cr_assert_eq(table_new(&t, NULL, 3), 0);
	for (uint32_t i = 1; i <= 3; i++)
		add(t, i, WIRE_CAUSE_SYNACK, 1, 1, now);
	add(t, 4, WIRE_CAUSE_SYNACK, 1, 1, now);
	cr_assert_null(find(t, 4));
	add(t, 1, WIRE_CAUSE_NONE, 0, 1, now);
	add(t, 1, WIRE_CAUSE_SYNACK, 1, 1, now);
	add(t, 5, WIRE_CAUSE_NONE, 0, 1, now);
	cr_assert_null(find(t, 2));
	add(t, 5, WIRE_CAUSE_FAST, 1, 1, now);
	add(t, 6, WIRE_CAUSE_FAST, 1, 1, now);
	cr_assert_null(find(t, 3));
	add(t, 7, WIRE_CAUSE_FAST, 1, 1, now);
	cr_assert_null(find(t, 7));
	cr_assert_eq(find(t, 1)->retransmitted[WIRE_CAUSE_SYNACK], 2);
	cr_assert_eq(find(t, 5)->retransmitted[WIRE_CAUSE_FAST], 1);
	cr_assert_eq(find(t, 6)->retransmitted[WIRE_CAUSE_FAST], 1);
	cr_assert_eq(table_counts(t)->evicted, 2);
	cr_assert_eq(checked_totals(t).retransmitted, 8);
	table_free(t);
}

/* Only an event that proves a handshake raises the rank, not one that anybody can cause. */
Test(table_eviction, unproven_events_do_not_raise_the_rank)
{
	struct table *t;

	cr_assert_eq(table_new(&t, NULL, 2), 0);
	add(t, 1, WIRE_CAUSE_SYNACK, 1, 1, now);
	add(t, 2, WIRE_CAUSE_SYNACK, 1, 1, now);
	add(t, 1, WIRE_CAUSE_NONE, 0, 1, now);
	add(t, 2, WIRE_CAUSE_SYNACK, 1, 1, now);
	add(t, 3, WIRE_CAUSE_FAST, 1, 1, now);
	cr_assert_not_null(find(t, 1));
	cr_assert_null(find(t, 2));
	cr_assert_not_null(find(t, 3));
	table_free(t);
}

Test(table_eviction, idle_groups_are_evicted)
{
	struct table_time later = {.real_s = 1700003600, .monotonic_s = 4600};
	struct table *t;

	cr_assert_eq(table_new(&t, NULL, 1000), 0);
	for (uint32_t i = 0; i < 1000; i++)
		add(t, i, WIRE_CAUSE_FAST, 2, 5, now);
	for (uint32_t i = 0; i < 1000; i += 10)
		add(t, i, WIRE_CAUSE_FAST, 1, 0, later);
	table_expire(t, 1000, 3601, later);
	cr_assert_eq(table_size(t)->groups, 1000);
	/* table_expire() works in parts. Together they visit each group once. */
	for (int i = 0; i < 10; i++)
		table_expire(t, 100, 3600, later);
	cr_assert_eq(table_size(t)->groups, 100);
	cr_assert_eq(table_counts(t)->evicted, 1800);
	cr_assert_eq(table_counts(t)->evicted_sent, 4500);
	for (uint32_t i = 0; i < 1000; i++)
		cr_assert_eq(find(t, i) != NULL, i % 10 == 0);
	/* New groups use the slots of evicted groups, and start at zero. */
	add(t, 5, WIRE_CAUSE_FAST, 7, 0, later);
	cr_assert_eq(find(t, 5)->retransmitted[WIRE_CAUSE_FAST], 7);
	cr_assert_eq(checked_totals(t).retransmitted, 2107);
	table_free(t);
}
