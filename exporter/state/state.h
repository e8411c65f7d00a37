/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Memory that outlives the process: with --state-file, a mapped file.
 *
 * The state consists of 64-bit words. state_set() and state_add() change a word. state_commit()
 * ends a change of several words, such as the change by one record. Before a word changes, its old
 * value is written to a journal in the same file. The next start rolls back an unfinished change.
 * Therefore each change is complete or absent, even after a kill. The file is never synced: the
 * kernel keeps stores to a shared mapping after a kill.
 *
 * A checksum, updated with every word, shows whether the file is torn or damaged.
 *
 * Without a file, `struct state *` is NULL: the parts are ordinary memory, and there is no journal.
 */
#ifndef REXMIT_STATE_H
#define REXMIT_STATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/invariant.h"

/* The parts, in the order of the file. The size of the last parts depends on the command line. */
enum state_part {
	STATE_STREAM,
	STATE_HISTOGRAMS,
	STATE_LEDGER,
	STATE_TABLE,
	STATE_OWN,
	STATE_NAMES,
	STATE_GROUPS,
	STATE_PARTS,
};

struct state_shape {
	uint64_t sizes[STATE_PARTS]; /* in bytes; a multiple of 8 */
	uint64_t grouping;           /* encoded options that determine a group's key */
};

#define STATE_NOTES 160 /* sufficient for the largest change: a cgroup's path and its names */

struct state_sum {
	uint64_t low, high;
};

struct state_journal {
	uint64_t count; /* number of notes, in both halves of the word; 0: no unfinished change */
	struct state_sum sum, sum_before;
	struct {
		uint64_t word, before; /* index of a word, and its old value */
	} notes[STATE_NOTES];
};

struct state {
	struct state_journal *journal;
	uint64_t *words; /* struct state_shape, followed by the parts */
	/* Only state_file.c uses the members below. */
	const char *path;
	int fd, aside_fd;
	size_t mapped_bytes;
};

/*
 * Returns a part, or NULL without memory. The shape must have the same `size`. New parts are zero.
 */
void *state_part(struct state *state, enum state_part part, size_t size);
void state_part_free(struct state *state, void *memory);

/* Returns the number of words in a file of this shape, including the shape itself. */
uint64_t state_words(const struct state_shape *shape);

struct state_sum state_sum_of(const uint64_t *words, uint64_t count);

/*
 * Rolls back an unfinished change, if there is one. Returns false, and changes nothing, if the
 * journal is damaged or refers to words past the first `count`.
 */
bool state_roll_back(struct state *state, uint64_t count);

/* Returns a word's share of the checksum: its value times a factor that depends on its index. */
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

/* A barrier for the compiler suffices: a killed process leaves its stores in program order. */
#define state_fence() atomic_signal_fence(memory_order_seq_cst)

/* Call this before `*word` becomes `value`. */
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

/* Copies `size` bytes into the state. `size` is a multiple of 8. */
void state_copy(struct state *s, void *to, const void *from, size_t size);

/* Ends a change: all words that have changed since the last commit. */
static inline void state_commit(struct state *s)
{
	if (!s)
		return;
	state_fence();
	s->journal->count = 0;
	state_fence();
}

#endif
