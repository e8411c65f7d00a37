/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "common/invariant.h"
#include "counts/table_inside.h"

#include <errno.h>
#include <stdlib.h>

#include "state/state.h"

static void set_times(struct table *t, struct group *g, uint32_t created_s, uint32_t used_s)
{
	struct group with = {
		.created_s = created_s, .used_s = used_s & INT32_MAX, .loose = g->loose};

	if (g->times != with.times)
		state_set(t->state, &g->times, with.times);
}

static void set_loose(struct table *t, struct group *g, bool loose)
{
	struct group with = {.created_s = g->created_s, .used_s = g->used_s, .loose = loose};

	state_set(t->state, &g->times, with.times);
}

static uint32_t number_take(struct table *t)
{
	uint32_t number = t->free_first;

	if (number == RANK_END)
		return t->group_end++;
	t->free_first = t->ranks.links[number].next;
	return number;
}

/* Adds a group for `key`. There must be room in the table. Returns NULL if there is no memory. */
static struct group *group_add(struct table *t, const union group_key *key, uint32_t tag,
	bool loose, struct table_time now)
{
	uint32_t number;
	struct group *g;

	if (slots_reserve(&t->slots, t->size.groups) < 0)
		return NULL;
	number = number_take(t);
	*slot_find(t, key, tag) = (struct slot){.tag = tag, .group = number + 1};
	g = &t->groups[number];
	state_copy(t->state, &g->key, key, sizeof(*key));
	set_times(t, g, now.real_s ? now.real_s : 1, now.monotonic_s);
	set_loose(t, g, loose);
	t->size.groups++;
	ranks_insert(t, number, rank_of(g));
	return g;
}

/* Makes room for one more series. For a firm group, a loose group may be displaced. */
static bool series_reserve(struct table *t, bool loose)
{
	return t->size.series < t->size.limit ||
	       (!loose && table_displace(t, RANK_LOOSE_LOST, RANK_FIRM_SENT));
}

static bool group_reserve(struct table *t, bool loose, bool retransmits)
{
	enum rank rank = (loose ? RANK_LOOSE_SENT : RANK_FIRM_SENT) + retransmits;

	if (retransmits && !series_reserve(t, loose))
		return false;
	return t->size.groups < t->size.limit || table_displace(t, RANK_LOOSE_SENT, rank);
}

/* Returns the group for segments of `cause`: `g`, or "other" if there is no room for a series. */
static struct group *admit(struct table *t, struct group *g, enum wire_cause cause)
{
	uint32_t number = (uint32_t)(g - t->groups);
	enum rank rank = rank_of(g);

	if (g->retransmitted[cause] > 0)
		return g;
	if (!series_reserve(t, g->loose))
		return &t->counts->other;
	t->size.series++;
	if (rank == RANK_LOOSE_SENT || rank == RANK_FIRM_SENT) {
		ranks_remove(t, number, rank);
		ranks_insert(t, number, rank + 1);
	}
	return g;
}

/* Makes a loose group firm after a connection has proved its peer. */
static void make_firm(struct table *t, struct group *g)
{
	uint32_t number = (uint32_t)(g - t->groups);

	if (ranks_would_be_loose(t, &g->key, false))
		return;
	ranks_remove(t, number, rank_of(g));
	set_loose(t, g, false);
	ranks_insert(t, number, rank_of(g));
}

/* Returns the group of `key`. Adds a new group, or returns "other" if there is no room. */
static struct group *group_for(struct table *t, const union group_key *key, bool retransmits,
	bool unproven, struct table_time now)
{
	uint32_t tag = tag_of(t, key);
	const struct slot *slot = slot_find(t, key, tag);
	struct group *g = slot->group ? &t->groups[slot->group - 1] : NULL;
	bool loose;

	if (g) {
		if (g->loose && !unproven)
			make_firm(t, g);
		return g;
	}
	loose = ranks_would_be_loose(t, key, unproven);
	if (group_reserve(t, loose, retransmits))
		g = group_add(t, key, tag, loose, now);
	return g ? g : &t->counts->other;
}

/* Returns the recent counts of a group or of "other". Sets `used_s` to the time of the last count. */
static struct recent *recent_of(const struct table *t, const struct group *group, uint32_t *used_s)
{
	bool other = group == &t->counts->other;

	*used_s = other ? t->other_used_s : group->used_s;
	return &t->recents[other ? t->size.limit : group - t->groups];
}

/* Call this before `used_s` of the group is set to the current time. */
static void count_recent(struct table *t, const struct group *group, uint32_t retransmitted,
	uint32_t sent, uint32_t resets, struct table_time now)
{
	uint32_t used_s;
	struct recent *recent = recent_of(t, group, &used_s);

	recent_turn(recent, used_s, now.monotonic_s);
	recent_count(recent, now.monotonic_s, retransmitted, sent, resets);
	if (group == &t->counts->other)
		t->other_used_s = now.monotonic_s;
}

/* Adds the fields that are zero in most records with retransmissions. */
static void add_rest(struct table *t, struct group *g, const struct table_increment *increment)
{
	struct state *state = t->state;

	state_add(state, &g->received, increment->received);
	state_add(state, &g->out_of_order, increment->out_of_order);
	state_add(state, &g->spurious, increment->spurious);
	state_add(state, &g->stall_us, increment->stall_us);
	state_add(state, &g->ended[increment->timed_out], increment->ended);
}

void table_add(struct table *table, const union group_key *key,
	const struct table_increment *increment, struct table_time now)
{
	struct state *state = table->state;
	struct group *other = &table->counts->other;
	bool retransmits = increment->segments > 0;
	struct group *g = group_for(table, key, retransmits, increment->unproven, now),
		     *counted = g;

	if (retransmits && g != other)
		counted = admit(table, g, increment->cause);
	if (counted == other) {
		state_add(state, &table->counts->overflow_records, 1);
		set_times(table, other, other->created_s ? other->created_s : now.real_s,
			other->used_s);
	}
	count_recent(table, g, counted == g ? increment->segments : 0, increment->sent,
		recent_add(
			increment->resets[WIRE_RESET_SENT], increment->resets[WIRE_RESET_RECEIVED]),
		now);
	if (counted != g)
		count_recent(table, counted, increment->segments, 0, 0, now);
	state_add(state, &counted->retransmitted[increment->cause], increment->segments);
	state_add(state, &g->sent, increment->sent);
	state_add(state, &g->bytes, increment->bytes);
	state_add(state, &g->connections, increment->connections);
	for (int i = 0; i < WIRE_RESETS; i++)
		state_add(state, &g->resets[i], increment->resets[i]);
	if (!retransmits || increment->stall_us)
		add_rest(table, g, increment);
	set_times(table, g, g->created_s, now.monotonic_s);
}

void table_ignore(struct table *table, const struct table_increment *increment)
{
	struct table_counts *counts = table->counts;

	state_add(table->state, &counts->ignored, increment->segments);
	state_add(table->state, &counts->ignored_sent, increment->sent);
	for (int i = 0; i < WIRE_RESETS; i++)
		state_add(table->state, &counts->ignored_resets[i], increment->resets[i]);
}

const struct group *table_next(const struct table *table, uint32_t *cursor)
{
	while (*cursor < table->group_end) {
		const struct group *g = &table->groups[(*cursor)++];

		if (g->created_s != 0)
			return g;
	}
	return NULL;
}

struct recent_counts table_recent(
	const struct table *table, const struct group *group, uint32_t monotonic_s)
{
	uint32_t used_s;
	const struct recent *recent = recent_of(table, group, &used_s);

	return recent_read(*recent, used_s, monotonic_s);
}

const struct table_counts *table_counts(const struct table *table)
{
	return table->counts;
}

const struct table_size *table_size(const struct table *table)
{
	return &table->size;
}

static int group_adopt(struct table *t, uint32_t number)
{
	const struct group *g = &t->groups[number];
	uint32_t tag = tag_of(t, &g->key);
	unsigned series = group_series(g);
	struct slot *slot;

	if (slots_reserve(&t->slots, t->size.groups) < 0)
		return -ENOMEM;
	slot = slot_find(t, &g->key, tag);
	if (slot->group != 0 || g->retransmitted[WIRE_CAUSE_NONE] != 0)
		return -EBADMSG;
	*slot = (struct slot){.tag = tag, .group = number + 1};
	t->size.groups++;
	t->size.series += series;
	ranks_insert(t, number, rank_of(g));
	return 0;
}

static int table_adopt(struct table *t)
{
	uint32_t limit = t->size.limit;

	for (uint32_t number = 0; number < limit; number++) {
		int r = t->groups[number].created_s != 0 ? group_adopt(t, number) : 0;

		if (r < 0)
			return r;
		if (t->groups[number].created_s != 0)
			t->group_end = number + 1;
	}
	for (uint32_t number = t->group_end; number-- > 0;) {
		if (t->groups[number].created_s != 0)
			continue;
		t->ranks.links[number].next = t->free_first;
		t->free_first = number;
	}
	return t->size.series > limit ? -EBADMSG : 0;
}

static int table_init(struct table *t, struct state *state, uint32_t limit)
{
	int r = hash_key_init(&t->hash_key);

	t->state = state;
	t->groups = state_part(state, STATE_GROUPS, limit * sizeof(*t->groups));
	t->counts = state_part(state, STATE_TABLE, sizeof(*t->counts));
	t->recents = calloc(limit + 1, sizeof(*t->recents));
	t->free_first = RANK_END;
	t->size.limit = limit;
	if (!t->groups || !t->counts || !t->recents || slots_init(&t->slots) < 0 ||
		ranks_init(&t->ranks, limit) < 0)
		return -ENOMEM;
	if (r == 0 && state)
		r = table_adopt(t);
	return r;
}

int table_new(struct table **table, struct state *state, uint32_t limit)
{
	struct table *t = calloc(1, sizeof(*t));
	int r;

	invariant(limit >= 1 && limit <= TABLE_LIMIT_MAX);
	r = t ? table_init(t, state, limit) : -ENOMEM;
	if (r == 0)
		*table = t;
	else
		table_free(t);
	return r;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	state_part_free(table->state, table->groups);
	state_part_free(table->state, table->counts);
	ranks_deinit(&table->ranks);
	free(table->recents);
	slots_deinit(&table->slots);
	free(table);
}
