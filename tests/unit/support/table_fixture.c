/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "support/table_fixture.h"

#include <criterion/criterion.h>
#include <string.h>

#include "counts/hash.h"

int __wrap_hash_key_init(struct hash_key *key);

/* With a random key, two networks of a test could share a count of firm groups (table_ranks.c). */
int __wrap_hash_key_init(struct hash_key *key)
{
	memset(key, 1, sizeof(*key));
	return 0;
}

const struct table_time now = {.real_s = 1700000000, .monotonic_s = 1000};

static union group_key key_of(uint32_t number)
{
	union group_key key = {.remote_port = 443};

	memcpy(key.remote_addr, &number, sizeof(number));
	return key;
}

void add(struct table *t, uint32_t number, enum wire_cause cause, uint32_t segments, uint32_t sent,
	struct table_time when)
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

const struct group *find(const struct table *t, uint32_t number)
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

uint64_t group_sum(const struct group *group)
{
	uint64_t sum = 0;

	for (int cause = 0; cause < WIRE_CAUSES; cause++)
		sum += group->retransmitted[cause];
	return sum;
}

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

struct totals checked_totals(const struct table *t)
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
