/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The groups with the most recent segments, or resets, come first. Totals order equal groups.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "counts/top.h"

static struct table *table;
static struct top top;

static void begin(void)
{
	cr_assert_eq(table_new(&table, NULL, 1000), 0);
}

static void end(void)
{
	table_free(table);
}

TestSuite(top, .init = begin, .fini = end);

static void add_resets(uint32_t number, uint32_t sent, uint32_t received, uint32_t monotonic_s)
{
	const struct table_increment increment = {.resets = {sent, received}};
	union group_key key = {.netns = number};

	table_add(table, &key, &increment, (struct table_time){1700000000, monotonic_s});
}

static void add(uint32_t number, uint32_t segments, uint32_t monotonic_s)
{
	const struct table_increment increment = {
		.cause = segments ? WIRE_CAUSE_FAST : WIRE_CAUSE_NONE,
		.segments = segments,
		.sent = 100,
	};
	union group_key key = {.netns = number};

	table_add(table, &key, &increment, (struct table_time){1700000000, monotonic_s});
}

Test(top, orders_by_recent_counts_then_totals)
{
	add(1, 500, 60);
	add(2, 900, 60);
	add(3, 7, 600);
	add(4, 8, 600);
	add(3, 2, 661);
	add(5, 0, 661);
	top_find(&top, table, 662);
	cr_assert_eq(top.retransmitting_count, 4);
	cr_assert_eq(top.retransmitting[0].group->key.netns, 3);
	cr_assert_eq(top.retransmitting[0].recent.retransmitted, 9);
	cr_assert_eq(top.retransmitting[0].recent.sent, 200);
	cr_assert_eq(top.retransmitting[0].ever, 9);
	cr_assert_eq(top.retransmitting[1].group->key.netns, 4);
	cr_assert_eq(top.retransmitting[2].group->key.netns, 2);
	cr_assert_eq(top.retransmitting[2].recent.retransmitted, 0);
	cr_assert_eq(top.retransmitting[3].group->key.netns, 1);
	/* The minute that started at second 600 has ended. */
	top_find(&top, table, 720);
	cr_assert_eq(top.retransmitting_count, 4);
	cr_assert_eq(top.retransmitting[0].group->key.netns, 3);
	cr_assert_eq(top.retransmitting[0].recent.retransmitted, 2);
	cr_assert_eq(top.retransmitting[1].group->key.netns, 2);
}

/* The order of groups in the table does not matter. */
Test(top, has_a_maximum_number_of_groups)
{
	for (uint32_t i = 0; i < 997; i++)
		add(1 + i * 500 % 997, 1 + i * 500 % 997, 60);
	top_find(&top, table, 60);
	cr_assert_eq(top.retransmitting_count, TOP_GROUPS);
	for (uint32_t i = 0; i < TOP_GROUPS; i++)
		cr_assert_eq(top.retransmitting[i].group->key.netns, 997 - i);
}

Test(top, other_may_be_a_top_group)
{
	for (uint32_t i = 0; i < 3000; i++)
		add(i, 2, 60);
	top_find(&top, table, 60);
	cr_assert_eq(top.retransmitting_count, TOP_GROUPS);
	cr_assert_eq(top.retransmitting[0].group, &table_counts(table)->other);
	cr_assert_eq(top.retransmitting[0].ever, 4000);
}

/* Resets sent and received are added up. A group with resets may have no losses. */
Test(top, resets)
{
	add_resets(1, 0, 500, 60);
	add_resets(2, 3, 4, 600);
	add_resets(3, 8, 0, 600);
	add(4, 1000, 600);
	add(3, 1, 600);
	top_find(&top, table, 662);
	cr_assert_eq(top.retransmitting_count, 2);
	cr_assert_eq(top.resetting_count, 3);
	cr_assert_eq(top.resetting[0].group->key.netns, 3);
	cr_assert_eq(top.resetting[0].lately, 8);
	cr_assert_eq(top.resetting[1].group->key.netns, 2);
	cr_assert_eq(top.resetting[1].lately, 7);
	cr_assert_eq(top.resetting[2].group->key.netns, 1);
	cr_assert_eq(top.resetting[2].lately, 0);
	cr_assert_eq(top.resetting[2].ever, 500);
}

Test(top, has_a_maximum_number_of_groups_with_resets)
{
	for (uint32_t i = 0; i < 997; i++)
		add_resets(1 + i * 500 % 997, 1 + i * 500 % 997, 0, 60);
	top_find(&top, table, 60);
	cr_assert_eq(top.resetting_count, TOP_RESETTING);
	for (uint32_t i = 0; i < TOP_RESETTING; i++)
		cr_assert_eq(top.resetting[i].group->key.netns, 997 - i);
}

/* Removed groups and "other" count in the totals, too. */
Test(top, totals)
{
	const struct table_increment end = {
		.received = 9,
		.out_of_order = 2,
		.spurious = 3,
		.ended = 1,
		.timed_out = WIRE_PHASE_CLOSING,
		.stall_us = 1500000,
	};

	for (uint32_t i = 0; i < 1000; i++)
		add(i, 2, 60);
	for (uint32_t i = 999; i < 1002; i++) {
		const union group_key key = {.netns = i};

		table_add(table, &key, &end, (struct table_time){1700000000, 60});
	}
	cr_assert_eq(table_counts(table)->other.spurious, 6);
	for (int pass = 0; pass < 2; pass++) {
		top_find(&top, table, 60);
		cr_assert_eq(top.totals.retransmitted, 2000);
		cr_assert_eq(top.totals.received, 27);
		cr_assert_eq(top.totals.out_of_order, 6);
		cr_assert_eq(top.totals.spurious, 9);
		cr_assert_eq(top.totals.stall_us, 4500000);
		cr_assert_eq(top.totals.ended[WIRE_PHASE_CLOSING], 3);
		cr_assert_eq(top.totals.ended[WIRE_PHASE_NONE], 0);
		table_fold(table);
	}
}

Test(top, of_an_empty_table)
{
	top_find(&top, table, 60);
	cr_assert_eq(top.retransmitting_count, 0);
	cr_assert_eq(top.resetting_count, 0);
}
