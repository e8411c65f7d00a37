/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The inside of a table, for those who count in it and those who remove from it. */
#ifndef REXMIT_TABLE_INSIDE_H
#define REXMIT_TABLE_INSIDE_H

#include <stdbool.h>

#include "counts/hash.h"
#include "counts/slots.h"
#include "counts/table.h"

struct table {
	struct state *state;
	struct group *groups;    /* the state's */
	struct table_sums *sums; /* likewise */
	struct hash_key hash_key;
	struct recent *recents; /* by group; at the limit that of "other" */
	uint32_t other_used_s;
	struct slots slots;
	uint32_t group_end; /* numbers below have been used */
	uint32_t *free_groups, free_count;
	uint32_t expire_hand, displace_hand;
	uint32_t sent_only; /* groups without a retransmission */
	struct table_statistics statistics;
};

/* The slot of `key`, or the empty one where it would go. */
static inline struct slot *slot_find(
	const struct table *t, const union group_key *key, uint32_t tag)
{
	for (uint32_t i = tag & t->slots.mask;; i = (i + 1) & t->slots.mask) {
		struct slot *slot = &t->slots.slots[i];

		if (slot->group == 0)
			return slot;
		if (slot->tag == tag && group_key_equal(&t->groups[slot->group - 1].key, key))
			return slot;
	}
}

static inline uint32_t tag_of(const struct table *t, const union group_key *key)
{
	return (uint32_t)hash_words(&t->hash_key, key->words, GROUP_KEY_WORDS);
}

/* How many causes it has a value of. */
static inline unsigned group_series(const struct group *g)
{
	unsigned series = 0;

	for (int cause = 0; cause < WIRE_CAUSES; cause++)
		series += g->retransmitted[cause] > 0;
	return series;
}

/* Makes room by removing a group that never lost anything. Returns whether it found one. */
bool table_displace(struct table *table);

#endif
