/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "text.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST 16384
#define NUMBER_LENGTH 20 /* of 2^64 - 1 */

void text_init(struct text *text, enum text_format format, size_t capacity)
{
	*text = (struct text){.format = format};
	if (capacity > 0)
		text->data = malloc(capacity);
	if (text->data)
		text->capacity = capacity;
}

void text_deinit(struct text *text)
{
	free(text->data);
	*text = (struct text){0};
}

/* Doubles, so that a byte is moved once or twice; realloc(3) of what is large moves pages. */
static bool grow(struct text *t, size_t length)
{
	size_t capacity = t->capacity > 0 ? t->capacity : CAPACITY_FIRST;
	char *data;

	while (capacity - t->length < length)
		capacity *= 2;
	data = t->failed ? NULL : realloc(t->data, capacity);
	if (!data) {
		t->failed = true;
		return false;
	}
	t->data = data;
	t->capacity = capacity;
	return true;
}

static inline bool reserve(struct text *t, size_t length)
{
	return t->capacity - t->length >= length || grow(t, length);
}

void text_append(struct text *text, const char *bytes, size_t length)
{
	if (!reserve(text, length))
		return;
	memcpy(text->data + text->length, bytes, length);
	text->length += length;
}

static void append(struct text *t, const char *string)
{
	text_append(t, string, strlen(string));
}

static const char digit_pairs[] = "00010203040506070809"
				  "10111213141516171819"
				  "20212223242526272829"
				  "30313233343536373839"
				  "40414243444546474849"
				  "50515253545556575859"
				  "60616263646566676869"
				  "70717273747576777879"
				  "80818283848586878889"
				  "90919293949596979899";

/* The digits of `value`, right-aligned before `end`. Returns the first. */
static char *format_number(char *end, uint64_t value)
{
	for (; value >= 100; value /= 100) {
		end -= 2;
		memcpy(end, &digit_pairs[2 * (value % 100)], 2);
	}
	if (value >= 10) {
		end -= 2;
		memcpy(end, &digit_pairs[2 * value], 2);
	} else {
		*--end = (char)('0' + value);
	}
	return end;
}

void text_append_number(struct text *text, uint64_t value)
{
	char buffer[NUMBER_LENGTH];
	char *digits = format_number(buffer + sizeof(buffer), value);

	text_append(text, digits, (size_t)(buffer + sizeof(buffer) - digits));
}

/* HELP escapes backslash and newline, a label's value the quote too (exposition format 0.0.4). */
static void append_escaped(struct text *t, const char *string, const char *special)
{
	for (;;) {
		size_t length = strcspn(string, special);

		text_append(t, string, length);
		string += length;
		if (*string == '\0')
			return;
		text_append(t, "\\", 1);
		text_append(t, *string == '\n' ? "n" : string, 1);
		string++;
	}
}

/* The name of a family: OpenMetrics gives it without the suffix of its samples. */
static void append_family(struct text *t, const char *name, enum text_type type)
{
	size_t length = strlen(name);

	if (t->format == TEXT_OPENMETRICS && type == TEXT_COUNTER)
		length -= strlen("_total");
	text_append(t, name, length);
}

void text_family(struct text *text, const char *name, enum text_type type, const char *help)
{
	/* OpenMetrics escapes a quote in HELP; 0.0.4 does not know that escape. */
	bool strict = text->format == TEXT_OPENMETRICS;

	append(text, "# HELP ");
	append_family(text, name, type);
	append(text, " ");
	append_escaped(text, help, strict ? "\\\n\"" : "\\\n");
	append(text, "\n# TYPE ");
	append_family(text, name, type);
	append(text, type == TEXT_COUNTER ? " counter\n" : " gauge\n");
}

void text_begin(struct text *text, const char *name)
{
	append(text, name);
	text->labelled = false;
}

void text_label_open(struct text *text, const char *name)
{
	text_append(text, text->labelled ? "," : "{", 1);
	append(text, name);
	text_append(text, "=\"", 2);
	text->labelled = true;
}

void text_label_close(struct text *text)
{
	text_append(text, "\"", 1);
}

void text_label(struct text *text, const char *name, const char *value)
{
	text_label_open(text, name);
	append_escaped(text, value, "\\\n\"");
	text_label_close(text);
}

void text_label_number(struct text *text, const char *name, uint64_t value)
{
	text_label_open(text, name);
	text_append_number(text, value);
	text_label_close(text);
}

void text_labels_from(struct text *text, const struct text *labels)
{
	text_append(text, labels->data, labels->length);
	text->labelled = labels->labelled;
}

static void begin_value(struct text *t)
{
	if (t->labelled)
		text_append(t, "} ", 2);
	else
		text_append(t, " ", 1);
}

void text_value(struct text *text, uint64_t value)
{
	begin_value(text);
	text_append_number(text, value);
	text_append(text, "\n", 1);
}

void text_value_scaled(struct text *text, uint64_t value, unsigned digits)
{
	char fraction[NUMBER_LENGTH];
	uint64_t whole = value;
	unsigned length = digits;

	for (unsigned i = 0; i < digits; i++, whole /= 10)
		fraction[digits - 1 - i] = (char)('0' + whole % 10);
	while (length > 0 && fraction[length - 1] == '0')
		length--;
	begin_value(text);
	text_append_number(text, whole);
	if (length > 0)
		text_append(text, ".", 1);
	text_append(text, fraction, length);
	text_append(text, "\n", 1);
}

void text_single(
	struct text *text, const char *name, enum text_type type, const char *help, uint64_t value)
{
	text_family(text, name, type, help);
	text_begin(text, name);
	text_value(text, value);
}

void text_end(struct text *text)
{
	if (text->format == TEXT_OPENMETRICS)
		append(text, "# EOF\n");
}
