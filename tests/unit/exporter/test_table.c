/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests the limits, evictions and sums of the table. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "counts/table.h"

static const struct table_time now = {.real_s = 1700000000, .monotonic_s = 1000};

static union group_key key_of(uint32_t number)
{
	union group_key key = {.remote_port = 443};

	memcpy(key.remote_addr, &number, sizeof(number));
	return key;
}

static void add(struct table *t, uint32_t number, enum wire_cause cause, uint32_t segments,
	uint32_t sent, struct table_time when)
{
	union group_key key = key_of(number);
	struct table_increment increment = {.cause = cause,
		.segments = segments,
		.sent = sent,
		.bytes = 1000 * segments,
		.connections = segments > 0,
		.unproven = cause == WIRE_CAUSE_SYNACK,
		.resets = {[WIRE_RESET_SENT] = 2 * sent, [WIRE_RESET_RECEIVED] = 3 * sent},
		.stall_us = 7 * segments};

	if (segments == 0) {
		increment.received = 4 * sent;
		increment.out_of_order = 5 * sent;
		increment.spurious = 6 * sent;
		increment.ended = 10 * sent;
		increment.timed_out = sent % WIRE_PHASES;
	}

	table_add(t, &key, &increment, when);
}

static const struct group *find(const struct table *t, uint32_t number)
{
	union group_key key = key_of(number);
	const struct group *group;
	uint32_t cursor = 0;

	while ((group = table_next(t, &cursor))) {
		if (group_key_equal(&group->key, &key))
			return group;
	}
	return NULL;
}

static uint64_t group_sum(const struct group *group)
{
	uint64_t sum = 0;

	for (int cause = 0; cause < WIRE_CAUSES; cause++)
		sum += group->retransmitted[cause];
	return sum;
}

struct totals {
	uint64_t retransmitted, sent, bytes, connections, resets[WIRE_RESETS], stall_us;
	uint64_t received, out_of_order, spurious, ended[WIRE_PHASES];
	uint32_t groups, series;
};

static void add_group(struct totals *totals, const struct group *g)
{
	totals->retransmitted += group_sum(g);
	totals->sent += g->sent;
	totals->bytes += g->bytes;
	totals->connections += g->connections;
	totals->resets[0] += g->resets[0];
	totals->resets[1] += g->resets[1];
	totals->stall_us += g->stall_us;
	totals->received += g->received;
	totals->out_of_order += g->out_of_order;
	totals->spurious += g->spurious;
	for (int phase = 0; phase < WIRE_PHASES; phase++)
		totals->ended[phase] += g->ended[phase];
}

/* Checks that the totals have the proportions that add() gives them. */
static void check_proportions(const struct totals *totals)
{
	uint64_t ended = 0;

	cr_assert_eq(totals->bytes, 1000 * totals->retransmitted);
	cr_assert_eq(totals->resets[WIRE_RESET_SENT], 2 * totals->sent);
	cr_assert_eq(totals->resets[WIRE_RESET_RECEIVED], 3 * totals->sent);
	cr_assert_eq(totals->stall_us, 7 * totals->retransmitted);
	cr_assert_eq(4 * totals->out_of_order, 5 * totals->received);
	cr_assert_eq(4 * totals->spurious, 6 * totals->received);
	for (unsigned phase = 0; phase < WIRE_PHASES; phase++)
		ended += totals->ended[phase];
	cr_assert_eq(4 * ended, 10 * totals->received);
}

/* Returns the sums over all groups, and checks them against the sums that the table keeps. */
static struct totals walk(const struct table *t)
{
	const struct table_size *s = table_size(t);
	const struct table_counts *counts = table_counts(t);
	struct totals totals = {
		.retransmitted = counts->evicted,
		.sent = counts->evicted_sent,
		.bytes = counts->evicted_bytes,
		.connections = counts->evicted_connections,
		.resets = {counts->evicted_resets[0], counts->evicted_resets[1]},
		.stall_us = counts->evicted_stall_us,
		.received = counts->evicted_received,
		.out_of_order = counts->evicted_out_of_order,
		.spurious = counts->evicted_spurious,
	};
	const struct group *group;
	uint32_t cursor = 0;

	memcpy(totals.ended, counts->evicted_ended, sizeof(totals.ended));
	add_group(&totals, &counts->other);
	while ((group = table_next(t, &cursor))) {
		totals.groups++;
		add_group(&totals, group);
		for (int cause = 0; cause < WIRE_CAUSES; cause++)
			totals.series += group->retransmitted[cause] > 0;
	}
	check_proportions(&totals);
	cr_assert_eq(totals.groups, s->groups);
	cr_assert_eq(totals.series, s->series);
	cr_assert_leq(s->groups, s->limit);
	cr_assert_leq(s->series, s->limit);
	return totals;
}

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
	cr_assert_eq(walk(t).series, 3);
	table_free(t);
}

/* Groups of a state file that was written with other flags are folded without loss. */
Test(table, folds_all_groups_into_the_evicted_counts)
{
	struct totals before, after;
	struct table *t;

	cr_assert_eq(table_new(&t, NULL, 3), 0);
	for (uint32_t number = 0; number < 5; number++)
		add(t, number, WIRE_CAUSE_FAST, number + 1, number, now);
	cr_assert_gt(table_counts(t)->other.retransmitted[WIRE_CAUSE_FAST], 0);
	before = walk(t);
	table_fold(t);
	after = walk(t);
	cr_assert_eq(after.groups, 0);
	cr_assert_eq(after.retransmitted, before.retransmitted);
	cr_assert_eq(after.sent, before.sent);
	cr_assert_eq(table_counts(t)->evicted, before.retransmitted);
	cr_assert_eq(table_counts(t)->evicted_sent, before.sent);
	table_free(t);
}

/* `other` counts only what was added to it, even for a group that is in the table. */
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
	/* A group that replaces another one starts at zero. */
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
	cr_assert_eq(group_sum((&table_counts(t)->other)), 2 * 99900);
	cr_assert_eq(walk(t).retransmitted, 200000);
	cr_assert_eq(walk(t).sent, 300000);
	/* Groups that are already in the table are still counted. */
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
	cr_assert_eq(walk(t).retransmitted, 7);
	table_free(t);
}

Test(table, groups_without_losses_are_evicted)
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
	cr_assert_eq(group_sum((&table_counts(t)->other)), 0);
	/* A group with losses is not evicted. */
	add(t, 2000, WIRE_CAUSE_FAST, 1, 0, now);
	cr_assert_null(find(t, 2000));
	cr_assert_eq(walk(t).sent, 560);
	table_free(t);
}

/*
 * The oldest group of the lowest rank is evicted first. An event that proves a completed handshake
 * raises the group's rank permanently.
 */
Test(table, unproven_groups_are_evicted_first)
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
	cr_assert_eq(walk(t).retransmitted, 8);
	table_free(t);
}

Test(table, idle_groups_are_evicted)
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
	/* table_expire() works in parts, and visits each group once. */
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
	cr_assert_eq(walk(t).retransmitted, 2107);
	table_free(t);
}

/* Random work on a small table. The table must show what the model has for each key. */
Test(table, as_the_model)
{
	enum { KEYS = 3000, LIMIT = 700 };
	static uint64_t counted[KEYS][WIRE_CAUSES];
	struct table_time when = now;
	uint64_t segments = 0, sent = 0, connections = 0;
	struct table *t;

	srandom(1122);
	cr_assert_eq(table_new(&t, NULL, LIMIT), 0);
	for (int step = 0; step < 300000; step++) {
		uint32_t number = (uint32_t)(random() % KEYS);
		enum wire_cause cause = (enum wire_cause)(random() % WIRE_CAUSES);
		uint32_t count = cause == WIRE_CAUSE_NONE ? 0 : 1 + (uint32_t)random() % 3;

		add(t, number, cause, count, 4, when);
		segments += count;
		sent += 4;
		connections += count > 0;
		when.monotonic_s += random() % 50 == 0;
		if (random() % 20 == 0)
			table_expire(t, 40, 60, when);
		if (step % 1000 != 0)
			continue;
		cr_assert_eq(walk(t).retransmitted, segments);
		cr_assert_eq(walk(t).sent, sent);
		cr_assert_eq(walk(t).connections, connections);
		for (uint32_t i = 0; i < KEYS; i += 37) {
			const struct group *group = find(t, i);

			for (int c = 0; c < WIRE_CAUSES; c++) {
				uint64_t value = group ? group->retransmitted[c] : 0;

				/*
				 * A count decreases only if the group starts again at zero after an
				 * eviction.
				 */
				if (value < counted[i][c])
					cr_assert_gt(table_counts(t)->evicted_groups, 0);
				counted[i][c] = value;
			}
		}
	}
	cr_assert_gt(table_counts(t)->evicted_groups, 1000);
	cr_assert_gt(table_counts(t)->overflow_records, 1000);
	table_free(t);
}
