/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The Prometheus text formats, text 0.0.4 and OpenMetrics 1.0, in a growing buffer.
 *
 * A sample consists of its name, its labels and its value:
 *
 * 	text_family(t, "x_total", TEXT_COUNTER, "What x is.");
 * 	text_begin(t, "x_total");
 * 	text_label(t, "kind", "a");
 * 	text_value(t, 7);
 *
 * After a failed allocation, no call changes the text, and `failed` is set. Check `failed` once, at
 * the end.
 */
#ifndef REXMIT_TEXT_H
#define REXMIT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum text_format {
	TEXT_PLAIN,       /* Prometheus text 0.0.4 */
	TEXT_OPENMETRICS, /* OpenMetrics 1.0 */
};

enum text_type {
	TEXT_COUNTER, /* the name ends in "_total" */
	TEXT_GAUGE,
	TEXT_HISTOGRAM, /* the names of its samples end in "_bucket", "_sum" and "_count" */
};

struct text {
	char *data;
	size_t length, capacity;
	size_t expected; /* bytes of the second block, which uses huge pages; 0: none */
	enum text_format format;
	bool labelled; /* the current sample has a label */
	bool failed;
};

/* `capacity` is the size of the first block. 0: the first write allocates a block. */
void text_init(struct text *text, enum text_format format, size_t capacity);
/*
 * Sets the expected length in bytes. If it is at least 1 MiB, the text moves to huge pages when its
 * first block is full.
 */
void text_expect(struct text *text, size_t length);
void text_deinit(struct text *text);

/* Writes HELP and TYPE. `name` is the name of the samples, or of the histogram. */
void text_family(struct text *text, const char *name, enum text_type type, const char *help);

void text_begin(struct text *text, const char *name);
/* `value` is UTF-8, and is escaped. */
void text_label(struct text *text, const char *name, const char *value);
void text_label_number(struct text *text, const char *name, uint64_t value);
/* Between these two calls, text_append() writes a value that needs no escaping. */
void text_label_open(struct text *text, const char *name);
void text_label_close(struct text *text);

/* Writes the value and ends the sample. */
void text_value(struct text *text, uint64_t value);
/* Like text_value(), but writes value / 10^digits. 9 digits write nanoseconds as seconds. */
void text_value_scaled(struct text *text, uint64_t value, unsigned digits);

/* Writes a value. An exemplar may follow. text_line_end() ends the sample. */
void text_value_open(struct text *text, uint64_t value);
void text_line_end(struct text *text);

void text_labelled(struct text *text, const char *name, const char *label, const char *label_value,
	uint64_t value);

/* Writes a family that has one sample without labels. */
void text_single(
	struct text *text, const char *name, enum text_type type, const char *help, uint64_t value);
/* Like text_single(), for value / 10^digits. */
void text_single_scaled(struct text *text, const char *name, enum text_type type, const char *help,
	uint64_t value, unsigned digits);

/* Ends the exposition: OpenMetrics requires "# EOF". */
void text_end(struct text *text);

/* Slow path of text_reserve(). */
char *text_grow(struct text *text, size_t length);

/* Returns room for `length` bytes, or NULL. The caller must increase text->length. */
static inline char *text_reserve(struct text *text, size_t length)
{
	if (__builtin_expect(text->capacity - text->length < length, 0))
		return text_grow(text, length);
	return text->data + text->length;
}

static inline void text_append(struct text *text, const char *bytes, size_t length)
{
	char *room = text_reserve(text, length);

	if (!room)
		return;
	memcpy(room, bytes, length);
	text->length += length;
}

/* Appends a literal, whose length is known to the compiler. */
#define text_append_literal(text, literal) text_append(text, "" literal, sizeof(literal) - 1)

/* A text that is written many times. */
struct text_piece {
	char bytes[48]; /* the longest name of a metric has 42 */
	size_t length;
};

/*
 * Copies all of `bytes`, which takes a few instructions. Copying `length` bytes would take a call.
 */
static inline void text_append_piece(struct text *text, const struct text_piece *piece)
{
	char *room = text_reserve(text, sizeof(piece->bytes));

	if (!room)
		return;
	memcpy(room, piece->bytes, sizeof(piece->bytes));
	text->length += piece->length;
}

/*
 * Writes a whole sample. `labels` starts with the opening brace. `end` continues it up to the value:
 * the last label, if any, the closing brace and the space.
 */
void text_sample(struct text *text, const struct text_piece *name, const struct text *labels,
	const struct text_piece *end, uint64_t value);

void text_append_number(struct text *text, uint64_t value);
/* Writes value / 10^digits, without trailing zeros. */
void text_append_scaled(struct text *text, uint64_t value, unsigned digits);
/* Appends a string, escaped as in the value of a label. */
void text_append_escaped(struct text *text, const char *string);

#endif
