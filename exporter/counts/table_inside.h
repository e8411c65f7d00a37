/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The internals of the table, for the files that implement it. */
#ifndef REXMIT_TABLE_INSIDE_H
#define REXMIT_TABLE_INSIDE_H

#include <stdbool.h>

#include "counts/hash.h"
#include "counts/slots.h"
#include "counts/table.h"

/* The rank decides which groups are displaced when the table is full (table_ranks.c). */
enum rank {
	RANK_LOOSE_SENT, /* loose, has no retransmission */
	RANK_LOOSE_LOST, /* loose, has retransmissions */
	RANK_FIRM_SENT,
	RANK_FIRM_LOST,
	RANKS,
};

/* The groups of one rank, in the order in which they got the rank. */
struct rank_list {
	uint32_t first, last; /* numbers of groups, or RANK_END */
};
#define RANK_END UINT32_MAX

/* Links in the list of the rank. In a free group, `next` is the next free group. */
struct rank_link {
	uint32_t previous, next;
};

#define RANK_NETWORKS 16384

struct ranks {
	struct rank_list lists[RANKS];
	struct rank_link *links; /* by group */
	uint32_t *firm;          /* number of firm groups, by hash of the peer's network */
	uint32_t share;          /* maximum number of firm groups of one network */
};

struct table {
	struct state *state;
	struct group *groups;        /* belongs to the state */
	struct table_counts *counts; /* belongs to the state */
	struct hash_key hash_key;
	struct recent *recents; /* by group; [limit]: of "other" */
	uint32_t other_used_s;
	struct slots slots;
	uint32_t group_end;   /* lowest number that was never used */
	uint32_t free_first;  /* head of the list of free groups, or RANK_END */
	uint32_t expire_hand; /* next group that table_expire() checks */
	struct ranks ranks;
	struct table_size size;
};

/* Returns the slot of `key`, or the empty slot where it would be inserted. */
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

/* Returns how many causes have a value. */
static inline unsigned group_series(const struct group *g)
{
	unsigned series = 0;

	for (int cause = 0; cause < WIRE_CAUSES; cause++)
		series += g->retransmitted[cause] > 0;
	return series;
}

static inline enum rank rank_of(const struct group *g)
{
	bool lost = group_series(g) > 0;

	return g->loose ? (lost ? RANK_LOOSE_LOST : RANK_LOOSE_SENT)
			: (lost ? RANK_FIRM_LOST : RANK_FIRM_SENT);
}

/* Returns 0 or -ENOMEM. */
int ranks_init(struct ranks *ranks, uint32_t limit);
void ranks_deinit(struct ranks *ranks);

void ranks_insert(struct table *t, uint32_t number, enum rank rank);
void ranks_remove(struct table *t, uint32_t number, enum rank rank);

/* Whether a new group of `key` would be loose. `unproven` is as in struct table_increment. */
bool ranks_would_be_loose(const struct table *t, const union group_key *key, bool unproven);

/* Removes a group of the lowest rank in [from, below). Returns false if there is none. */
bool table_displace(struct table *table, enum rank from, enum rank below);

#endif
