/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Writes the text formats of Prometheus into one growing buffer: text 0.0.4 and OpenMetrics 1.0.
 *
 * It knows nothing of which metrics exist. A sample is begun, gets its labels, and ends with its
 * value:
 *
 *	text_family(t, "x_total", TEXT_COUNTER, "What x is.");
 *	text_begin(t, "x_total");
 *	text_label(t, "kind", "a");
 *	text_value(t, 7);
 *
 * When there is no memory the text stays as it is and `failed` is set; look once, at the end.
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
	TEXT_COUNTER, /* its name ends in "_total" */
	TEXT_GAUGE,
	TEXT_HISTOGRAM, /* its samples' names end in "_bucket", "_sum" and "_count" */
};

struct text {
	char *data;
	size_t length, capacity;
	size_t expected; /* capacity to take in huge pages when the first one is used up, or 0 */
	enum text_format format;
	bool labelled; /* the sample begun has a label */
	bool failed;
};

/* `capacity` is how much to take at once, 0 for nothing yet. */
void text_init(struct text *text, enum text_format format, size_t capacity);
/* About how long it will be, if it outgrows its first memory: from 1 MiB on it gets huge pages. */
void text_expect(struct text *text, size_t length);
/* How much memory it takes: that of huge pages is taken a page at a time. */
size_t text_memory(const struct text *text);
void text_deinit(struct text *text);

/* The lines HELP and TYPE. `name` is that of the samples, or of a histogram. */
void text_family(struct text *text, const char *name, enum text_type type, const char *help);

void text_begin(struct text *text, const char *name);
/* `value` is any UTF-8; it is escaped. */
void text_label(struct text *text, const char *name, const char *value);
void text_label_number(struct text *text, const char *name, uint64_t value);
/* For a value that is put together with text_append(); it needs no escaping. */
void text_label_open(struct text *text, const char *name);
void text_label_close(struct text *text);

/* Each ends the sample. */
void text_value(struct text *text, uint64_t value);
/* value / 10^digits: nanoseconds as seconds have 9. */
void text_value_scaled(struct text *text, uint64_t value, unsigned digits);

/* The same without the end of the line, where OpenMetrics may have an exemplar. */
void text_value_open(struct text *text, uint64_t value);
void text_line_end(struct text *text);

/* A family of one sample without labels. */
void text_single(
	struct text *text, const char *name, enum text_type type, const char *help, uint64_t value);

/* The end of the page: "# EOF" where the format has one. */
void text_end(struct text *text);

/* Slow path of text_reserve(). */
char *text_grow(struct text *text, size_t length);

/* Room for `length` bytes at the end, or NULL; what of it is written is then added to length. */
static inline char *text_reserve(struct text *text, size_t length)
{
	if (__builtin_expect(text->capacity - text->length < length, 0))
		return text_grow(text, length);
	return text->data + text->length;
}

/* As they are: no escaping. */
static inline void text_append(struct text *text, const char *bytes, size_t length)
{
	char *room = text_reserve(text, length);

	if (!room)
		return;
	memcpy(room, bytes, length);
	text->length += length;
}

/* Of a literal the length is known when this is compiled. */
#define text_append_literal(text, literal) text_append(text, "" literal, sizeof(literal) - 1)

/* What is written many times: a name, or what is between two values that differ. */
struct text_piece {
	char bytes[40]; /* our longest name has 38 */
	size_t length;
};

/* Copies all of it: that is a few instructions, and of any other length a call. */
static inline void text_append_piece(struct text *text, const struct text_piece *piece)
{
	char *room = text_reserve(text, sizeof(piece->bytes));

	if (!room)
		return;
	memcpy(room, piece->bytes, sizeof(piece->bytes));
	text->length += piece->length;
}

/* A whole sample of what has been put together: `labels` and `end` with all braces and quotes. */
void text_sample(struct text *text, const struct text_piece *name, const struct text *labels,
	const struct text_piece *end, uint64_t value);

void text_append_number(struct text *text, uint64_t value);
/* value / 10^digits, without zeros at its end. */
void text_append_scaled(struct text *text, uint64_t value, unsigned digits);
/* Escaped as a label's value is. */
void text_append_escaped(struct text *text, const char *string);

#endif
