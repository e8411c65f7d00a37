/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The inside of a table, for those who count in it and those who remove from it. */
#ifndef REXMIT_TABLE_INSIDE_H
#define REXMIT_TABLE_INSIDE_H

#include <stdbool.h>

#include "counts/hash.h"
#include "counts/slots.h"
#include "counts/table.h"

/* Which groups give way to which, when there is no more room; table_ranks.c. */
enum rank {
	RANK_LOOSE_SENT, /* loose, and carries segments sent only */
	RANK_LOOSE_LOST, /* loose, and has retransmitted */
	RANK_FIRM_SENT,
	RANK_FIRM_LOST,
	RANKS,
};

/* Groups of one rank, the one that has it for the longest time first. */
struct rank_list {
	uint32_t first, last; /* numbers of groups, or RANK_END */
};
#define RANK_END UINT32_MAX

/* In the list of its rank; of a free group, `next` is the next free one. */
struct rank_link {
	uint32_t previous, next;
};

#define RANK_NETWORKS 16384

struct ranks {
	struct rank_list lists[RANKS];
	struct rank_link *links; /* by group */
	uint32_t *firm;          /* groups that are, by the hash of the peer's network */
	uint32_t share;          /* how many of them one network may have */
};

struct table {
	struct state *state;
	struct group *groups;        /* the state's */
	struct table_counts *counts; /* likewise */
	struct hash_key hash_key;
	struct recent *recents; /* by group; at the limit that of "other" */
	uint32_t other_used_s;
	struct slots slots;
	uint32_t group_end;  /* numbers below have been used */
	uint32_t free_first; /* or RANK_END */
	uint32_t expire_hand;
	struct ranks ranks;
	struct table_size size;
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

/* The rank of a group, by what it has counted. */
static inline enum rank rank_of(const struct group *g)
{
	bool lost = group_series(g) > 0;

	return g->loose ? (lost ? RANK_LOOSE_LOST : RANK_LOOSE_SENT)
			: (lost ? RANK_FIRM_LOST : RANK_FIRM_SENT);
}

/* Returns 0 or -ENOMEM. */
int ranks_init(struct ranks *ranks, uint32_t limit);
void ranks_deinit(struct ranks *ranks);

/* Puts a group that is in no list into that of `rank`, or takes it out of it. */
void ranks_insert(struct table *t, uint32_t number, enum rank rank);
void ranks_remove(struct table *t, uint32_t number, enum rank rank);

/* Whether a group of this key would be loose; `unproven` is that of the event at hand. */
bool ranks_would_be_loose(const struct table *t, const union group_key *key, bool unproven);

/*
 * Makes room by removing a group of the lowest rank that is at least `from` and below `below`.
 * Returns whether it found one.
 */
bool table_displace(struct table *table, enum rank from, enum rank below);

#endif
