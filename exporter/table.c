/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "table.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "hash.h"

#define CHUNK_GROUPS 256
#define SLOTS_FIRST 512
#define NONE UINT32_MAX

/*
 * How many groups are looked at for one that only carried segments sent, when a group that lost
 * some needs its room. The search goes on where it ended, so that all are looked at in turn.
 */
#define DISPLACE_LOOKS 64

struct slot {
	uint32_t tag;   /* low half of the hash: where the slot belongs, and most of the compare */
	uint32_t group; /* its number + 1; 0: an empty slot */
};

struct table {
	struct hash_key hash_key;
	struct slot *slots;
	uint32_t slot_mask;
	uint32_t group_end;  /* numbers below have been used */
	uint32_t free_group; /* first of the list through used_s, or NONE */
	uint32_t expire_hand, displace_hand;
	uint32_t sent_only; /* groups without a retransmission */
	struct group other;
	struct table_statistics statistics;
	struct group *chunks[]; /* as many as the limit needs */
};

static struct group *group_at(const struct table *t, uint32_t number)
{
	return &t->chunks[number / CHUNK_GROUPS][number % CHUNK_GROUPS];
}

int table_new(struct table **table, uint32_t limit)
{
	size_t chunks = (limit + CHUNK_GROUPS - 1) / CHUNK_GROUPS;
	struct table *t;
	int r;

	assert(limit >= 1 && limit <= TABLE_LIMIT_MAX);
	t = calloc(1, sizeof(*t) + chunks * sizeof(t->chunks[0]));
	if (!t)
		return -ENOMEM;
	t->slots = calloc(SLOTS_FIRST, sizeof(*t->slots));
	r = t->slots ? hash_key_init(&t->hash_key) : -ENOMEM;
	if (r < 0) {
		table_free(t);
		return r;
	}
	t->slot_mask = SLOTS_FIRST - 1;
	t->free_group = NONE;
	t->statistics.limit = limit;
	*table = t;
	return 0;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	for (uint32_t i = 0; i < table->group_end; i += CHUNK_GROUPS)
		free(table->chunks[i / CHUNK_GROUPS]);
	free(table->slots);
	free(table);
}

/* The slot of `key`, or the empty one where it would go. */
static struct slot *slot_find(const struct table *t, const union group_key *key, uint32_t tag)
{
	for (uint32_t i = tag & t->slot_mask;; i = (i + 1) & t->slot_mask) {
		struct slot *slot = &t->slots[i];

		if (slot->group == 0)
			return slot;
		if (slot->tag == tag && group_key_equal(&group_at(t, slot->group - 1)->key, key))
			return slot;
	}
}

/* Closes the gap: moves back what lies behind it and belongs at or before it (Knuth 6.4 R). */
static void slot_remove(struct table *t, struct slot *slot)
{
	uint32_t mask = t->slot_mask;
	uint32_t gap = (uint32_t)(slot - t->slots);

	for (uint32_t i = (gap + 1) & mask; t->slots[i].group != 0; i = (i + 1) & mask) {
		uint32_t home = t->slots[i].tag & mask;

		if (((i - home) & mask) < ((i - gap) & mask))
			continue;
		t->slots[gap] = t->slots[i];
		gap = i;
	}
	t->slots[gap] = (struct slot){0};
}

/* Keeps a quarter of the slots empty, doubling. The tags suffice; no group is touched. */
static int slots_reserve(struct table *t)
{
	uint32_t mask = 2 * t->slot_mask + 1;
	struct slot *slots;

	if (t->statistics.groups < t->slot_mask / 4 * 3)
		return 0;
	slots = calloc((size_t)mask + 1, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (uint32_t i = 0; i <= t->slot_mask; i++) {
		uint32_t to = t->slots[i].tag & mask;

		if (t->slots[i].group == 0)
			continue;
		while (slots[to].group != 0)
			to = (to + 1) & mask;
		slots[to] = t->slots[i];
	}
	free(t->slots);
	t->slots = slots;
	t->slot_mask = mask;
	return 0;
}

/* A free group's number, or NONE if there is no memory. */
static uint32_t group_take(struct table *t)
{
	uint32_t number = t->free_group;
	struct group **chunk;

	if (number != NONE) {
		t->free_group = group_at(t, number)->used_s;
		return number;
	}
	number = t->group_end;
	chunk = &t->chunks[number / CHUNK_GROUPS];
	if (number % CHUNK_GROUPS == 0)
		*chunk = calloc(CHUNK_GROUPS, sizeof(**chunk));
	if (!*chunk)
		return NONE;
	t->group_end++;
	return number;
}

static uint32_t tag_of(const struct table *t, const union group_key *key)
{
	return (uint32_t)hash_words(&t->hash_key, key->words, GROUP_KEY_WORDS);
}

static unsigned group_series(const struct group *g)
{
	unsigned series = 0;

	for (int cause = 0; cause < WIRE_CAUSES; cause++)
		series += g->retransmitted[cause] > 0;
	return series;
}

static void group_remove(struct table *t, uint32_t number)
{
	struct group *g = group_at(t, number);
	unsigned series = group_series(g);

	slot_remove(t, slot_find(t, &g->key, tag_of(t, &g->key)));
	for (int cause = 0; cause < WIRE_CAUSES; cause++)
		t->statistics.evicted += g->retransmitted[cause];
	t->statistics.evicted_sent += g->sent;
	t->statistics.evicted_bytes += g->bytes;
	t->statistics.evicted_connections += g->connections;
	t->statistics.evicted_groups++;
	t->statistics.groups--;
	t->statistics.series -= series;
	t->sent_only -= series == 0;
	*g = (struct group){.used_s = t->free_group};
	t->free_group = number;
}

/* Makes room by removing a group that never lost anything. Returns whether it found one. */
static bool displace(struct table *t)
{
	for (int looks = 0; looks < DISPLACE_LOOKS && t->sent_only > 0; looks++) {
		uint32_t number = t->displace_hand;
		const struct group *g = group_at(t, number);

		t->displace_hand = number + 1 < t->group_end ? number + 1 : 0;
		if (g->created_s != 0 && group_series(g) == 0) {
			group_remove(t, number);
			return true;
		}
	}
	return false;
}

/* A new group for `key`, or NULL if there is no room. */
static struct group *group_add(struct table *t, const union group_key *key, uint32_t tag,
	bool retransmits, struct table_time now)
{
	uint32_t number;
	struct group *g;

	if (t->statistics.groups >= t->statistics.limit && !(retransmits && displace(t)))
		return NULL;
	if (slots_reserve(t) < 0)
		return NULL;
	number = group_take(t);
	if (number == NONE)
		return NULL;
	*slot_find(t, key, tag) = (struct slot){.tag = tag, .group = number + 1};
	g = group_at(t, number);
	*g = (struct group){.key = *key, .created_s = now.real_s ? now.real_s : 1};
	t->statistics.groups++;
	t->sent_only++;
	return g;
}

/* Where segments of `cause` go: `g`, unless they make a series more than there may be. */
static struct group *admit(struct table *t, struct group *g, enum wire_cause cause)
{
	if (g->retransmitted[cause] > 0)
		return g;
	if (t->statistics.series >= t->statistics.limit)
		return &t->other;
	t->statistics.series++;
	t->sent_only -= group_series(g) == 0;
	return g;
}

/* The group of `key`: there already, new, or "other". */
static struct group *group_for(
	struct table *t, const union group_key *key, bool retransmits, struct table_time now)
{
	uint32_t tag = tag_of(t, key);
	const struct slot *slot = slot_find(t, key, tag);
	struct group *g = NULL;

	if (slot->group != 0)
		return group_at(t, slot->group - 1);
	if (!retransmits || t->statistics.series < t->statistics.limit)
		g = group_add(t, key, tag, retransmits, now);
	return g ? g : &t->other;
}

static void count_other(struct table *t, struct table_time now)
{
	t->statistics.overflow_records++;
	if (t->other.created_s == 0)
		t->other.created_s = now.real_s;
}

void table_add(struct table *table, const union group_key *key, const struct table_counts *counts,
	struct table_time now)
{
	bool retransmits = counts->segments > 0;
	struct group *g = group_for(table, key, retransmits, now), *counted = g;

	if (retransmits && g != &table->other)
		counted = admit(table, g, counts->cause);
	if (counted == &table->other)
		count_other(table, now);
	counted->retransmitted[counts->cause] += counts->segments;
	g->sent += counts->sent;
	g->bytes += counts->bytes;
	g->connections += counts->connections;
	g->used_s = now.monotonic_s;
}

void table_expire(struct table *table, uint32_t count, uint32_t idle_s, struct table_time now)
{
	if (count > table->group_end)
		count = table->group_end;
	for (; count > 0; count--) {
		uint32_t number = table->expire_hand;
		const struct group *g = group_at(table, number);

		table->expire_hand = number + 1 < table->group_end ? number + 1 : 0;
		if (g->created_s != 0 && now.monotonic_s - g->used_s >= idle_s)
			group_remove(table, number);
	}
}

const struct group *table_next(const struct table *table, uint32_t *cursor)
{
	while (*cursor < table->group_end) {
		const struct group *g = group_at(table, (*cursor)++);

		if (g->created_s != 0)
			return g;
	}
	return NULL;
}

const struct group *table_other(const struct table *table)
{
	return &table->other;
}

const struct table_statistics *table_statistics(const struct table *table)
{
	return &table->statistics;
}
