/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The memory that must outlive the process, if --state-file asks for it: a mapped file.
 *
 * All of it is 64-bit words, each changed by state_set() alone, and a change of several words (one
 * record) ends with state_commit(). The first of a word's changes notes what was there in a journal
 * in the same file, so that whoever finds a change unfinished takes it back: a process killed
 * between any two instructions leaves all of a record or nothing of it. The kernel keeps what was
 * stored in a shared mapping; only the order of our own stores matters, and nothing is ever synced.
 *
 * Each word counts in a sum that is kept up with it, so that a torn or damaged file shows.
 *
 * Without a file `struct state *` is NULL: the parts are ordinary memory, and nothing is noted.
 */
#ifndef REXMIT_STATE_H
#define REXMIT_STATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/invariant.h"

/* In their order in the file. Those that depend on the command line are last. */
enum state_part {
	STATE_STREAM,
	STATE_RTT,
	STATE_LEDGER,
	STATE_TABLE, /* of the table */
	STATE_OWN,
	STATE_PATHS,
	STATE_GROUPS,
	STATE_PARTS,
};

struct state_shape {
	uint64_t sizes[STATE_PARTS]; /* bytes, of whole words */
	uint64_t grouping;           /* which labels and folds the groups are made by */
};

/* More words than a record changes: a group that goes, one that comes, a path. */
#define STATE_NOTES 96

struct state_sum {
	uint64_t low, high;
};

struct state_journal {
	uint64_t count; /* of notes, in both halves; 0: no change is under way */
	struct state_sum sum, sum_before;
	struct {
		uint64_t word, before;
	} notes[STATE_NOTES];
};

struct state {
	struct state_journal *journal;
	uint64_t *words; /* struct state_shape, then the parts */
	/* state_file.c's: */
	const char *path;
	int fd, aside_fd;
	size_t mapped_bytes;
};

/* `size` bytes, which are what the shape says of the part; zeros at first, or NULL. */
void *state_part(struct state *state, enum state_part part, size_t size);
/* Gives back what state_part() gave. */
void state_part_free(struct state *state, void *memory);

/* How many words of this shape there are, the shape's own among them. */
uint64_t state_words(const struct state_shape *shape);

/* What the words add up to. */
struct state_sum state_sum_of(const uint64_t *words, uint64_t count);

/*
 * Takes back the change that was under way, if any. Returns false, and does nothing, if that is of
 * words beyond the first `count`, or the journal is damaged.
 */
bool state_roll_back(struct state *state, uint64_t count);

/* What a word's value adds to the sum: linear in it, with another factor for each word. */
static inline unsigned __int128 state_weigh(uint64_t word, uint64_t value)
{
	uint64_t factor = (word + 1) * UINT64_C(0x9e3779b97f4a7c15);

	factor = (factor ^ factor >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return (unsigned __int128)factor * value;
}

static inline void state_sum_move(struct state_sum *sum, uint64_t word, uint64_t from, uint64_t to)
{
	unsigned __int128 s = (unsigned __int128)sum->high << 64 | sum->low;

	s = to >= from ? s + state_weigh(word, to - from) : s - state_weigh(word, from - to);
	sum->low = (uint64_t)s;
	sum->high = (uint64_t)(s >> 64);
}

/* For the compiler: a killed process leaves its stores in the order of the instructions. */
#define state_fence() atomic_signal_fence(memory_order_seq_cst)

/* Before the word becomes `value`. */
static inline void state_note(struct state *s, const uint64_t *word, uint64_t value)
{
	struct state_journal *j = s->journal;
	uint64_t number = (uint64_t)(word - s->words), n = j->count & UINT32_MAX;

	invariant(n < STATE_NOTES);
	if (n == 0)
		j->sum_before = j->sum;
	j->notes[n].word = number;
	j->notes[n].before = *word;
	state_fence();
	j->count = (n + 1) * UINT64_C(0x100000001);
	state_fence();
	state_sum_move(&j->sum, number, *word, value);
}

static inline void state_set(struct state *s, uint64_t *word, uint64_t value)
{
	if (s && *word != value)
		state_note(s, word, value);
	*word = value;
}

static inline void state_add(struct state *s, uint64_t *word, uint64_t amount)
{
	if (s && amount > 0)
		state_note(s, word, *word + amount);
	*word += amount;
}

/* `size` bytes of whole words, of any types. */
void state_copy(struct state *s, void *to, const void *from, size_t size);

/* What has changed since the last time is one change. */
static inline void state_commit(struct state *s)
{
	if (!s)
		return;
	state_fence();
	s->journal->count = 0;
	state_fence();
}

#endif
