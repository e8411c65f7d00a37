/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "state/state.h"

#include <stdlib.h>

typedef uint64_t __attribute__((__may_alias__)) any_word;

/* Each part starts at a cache line. */
#define LINE 64

static size_t whole_lines(uint64_t size)
{
	return (size + LINE - 1) / LINE * LINE;
}

/* Returns the offset of a part from the first word, in bytes. For STATE_PARTS: the total size. */
static size_t offset_of(const struct state_shape *shape, enum state_part part)
{
	size_t offset = whole_lines(sizeof(*shape));

	for (enum state_part before = 0; before < part; before++)
		offset += whole_lines(shape->sizes[before]);
	return offset;
}

void *state_part(struct state *state, enum state_part part, size_t size)
{
	const struct state_shape *shape;

	if (!state)
		return calloc(1, size);
	shape = (const struct state_shape *)state->words;
	invariant(shape->sizes[part] == size);
	return (uint8_t *)state->words + offset_of(shape, part);
}

void state_part_free(struct state *state, void *memory)
{
	if (!state)
		free(memory);
}

void state_copy(struct state *s, void *to, const void *from, size_t size)
{
	any_word *words = to;
	const any_word *values = from;

	for (size_t i = 0; i < size / sizeof(*words); i++) {
		if (words[i] != values[i])
			state_set(s, &words[i], values[i]);
	}
}

uint64_t state_words(const struct state_shape *shape)
{
	return offset_of(shape, STATE_PARTS) / sizeof(uint64_t);
}

struct state_sum state_sum_of(const uint64_t *words, uint64_t count)
{
	struct state_sum sum = {0};

	for (uint64_t i = 0; i < count; i++) {
		if (words[i] != 0)
			state_sum_move(&sum, i, 0, words[i]);
	}
	return sum;
}

/* Whether the journal is valid: it has `n` notes, all about the first `count` words. */
static bool journal_is_valid(const struct state_journal *j, uint64_t n, uint64_t count)
{
	if (j->count != n * UINT64_C(0x100000001) || n > STATE_NOTES)
		return false;
	for (uint64_t i = 0; i < n; i++) {
		if (j->notes[i].word >= count)
			return false;
	}
	return true;
}

/*
 * Goes from the last note to the first, so that each word gets its oldest value. A repeated
 * rollback does no harm.
 */
bool state_roll_back(struct state *state, uint64_t count)
{
	struct state_journal *j = state->journal;
	uint64_t n = j->count & UINT32_MAX;

	if (!journal_is_valid(j, n, count))
		return false;
	if (n == 0)
		return true;
	while (n-- > 0)
		state->words[j->notes[n].word] = j->notes[n].before;
	j->sum = j->sum_before;
	state_commit(state);
	return true;
}
