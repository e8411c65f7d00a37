/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "text/text.h"

#include <stdlib.h>
#include <sys/mman.h>

#define CAPACITY_FIRST 65536
#define HUGE_PAGE ((size_t)2 << 20)
#define HUGE_FROM (HUGE_PAGE / 2) /* a shorter text would waste most of a huge page */
#define NUMBER_LENGTH 20          /* digits of 2^64 - 1 */

void text_init(struct text *text, enum text_format format, size_t capacity)
{
	*text = (struct text){.format = format};
	if (capacity > 0)
		text->data = malloc(capacity);
	if (text->data)
		text->capacity = capacity;
}

static size_t whole_huge_pages(size_t length)
{
	return (length + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
}

void text_expect(struct text *text, size_t length)
{
	if (length >= HUGE_FROM)
		text->expected = whole_huge_pages(length);
}

void text_deinit(struct text *text)
{
	free(text->data);
	*text = (struct text){0};
}

/* With small pages, the page faults would take longer than writing the text. */
static char *move_to_huge_pages(struct text *t)
{
	char *data = aligned_alloc(HUGE_PAGE, t->expected);

	if (!data)
		return NULL;
	(void)madvise(data, t->expected, MADV_HUGEPAGE);
	memcpy(data, t->data, t->length);
	free(t->data);
	return data;
}

/*
 * Doubles the capacity, so that each byte is moved once or twice. realloc(3) moves the pages of a
 * large block without copying.
 */
char *text_grow(struct text *text, size_t length)
{
	size_t capacity = text->capacity > 0 ? text->capacity : CAPACITY_FIRST;
	char *data = NULL;

	if (text->failed)
		return NULL;
	while (capacity - text->length < length)
		capacity *= 2;
	/* The first block has small pages: a short text would leave a huge page mostly empty. */
	if (text->capacity > 0 && capacity <= text->expected)
		data = move_to_huge_pages(text);
	if (data)
		capacity = text->expected;
	else
		data = realloc(text->data, capacity);
	text->failed = !data;
	if (!data)
		return NULL;
	text->data = data;
	text->capacity = capacity;
	return data + text->length;
}

static void append_string(struct text *t, const char *string)
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

static unsigned count_digits(uint64_t value)
{
	unsigned digits = 1;

	for (; value >= 10000; value /= 10000)
		digits += 4;
	return digits + (value >= 10) + (value >= 100) + (value >= 1000);
}

/* Returns the number of digits. */
static unsigned format_number(char *out, uint64_t value)
{
	unsigned digits = count_digits(value), left = digits;

	for (; left >= 2; left -= 2, value /= 100)
		memcpy(out + left - 2, &digit_pairs[2 * (value % 100)], 2);
	if (left)
		*out = (char)('0' + value);
	return digits;
}

void text_append_number(struct text *text, uint64_t value)
{
	char *room = text_reserve(text, NUMBER_LENGTH);

	if (room)
		text->length += format_number(room, value);
}

void text_append_scaled(struct text *text, uint64_t value, unsigned digits)
{
	char fraction[NUMBER_LENGTH];
	uint64_t whole = value;
	unsigned length = digits;

	for (unsigned i = 0; i < digits; i++, whole /= 10)
		fraction[digits - 1 - i] = (char)('0' + whole % 10);
	while (length > 0 && fraction[length - 1] == '0')
		length--;
	text_append_number(text, whole);
	if (length > 0)
		text_append_literal(text, ".");
	text_append(text, fraction, length);
}

/* Escapes the characters in `special` with a backslash. A newline becomes "\n". */
static void escape(struct text *t, const char *string, const char *special)
{
	for (;;) {
		size_t length = strcspn(string, special);

		text_append(t, string, length);
		string += length;
		if (*string == '\0')
			return;
		text_append_literal(t, "\\");
		text_append(t, *string == '\n' ? "n" : string, 1);
		string++;
	}
}

void text_append_escaped(struct text *text, const char *string)
{
	escape(text, string, "\\\n\"");
}

/* Appends the name of a family. In OpenMetrics, the family of a counter has no "_total". */
static void append_family(struct text *t, const char *name, enum text_type type)
{
	size_t length = strlen(name);

	if (t->format == TEXT_OPENMETRICS && type == TEXT_COUNTER)
		length -= strlen("_total");
	text_append(t, name, length);
}

void text_family(struct text *text, const char *name, enum text_type type, const char *help)
{
	static const char *const types[] = {" counter\n", " gauge\n", " histogram\n"};
	/* Only OpenMetrics escapes the quote in HELP. */
	bool strict = text->format == TEXT_OPENMETRICS;

	text_append_literal(text, "# HELP ");
	append_family(text, name, type);
	text_append_literal(text, " ");
	escape(text, help, strict ? "\\\n\"" : "\\\n");
	text_append_literal(text, "\n# TYPE ");
	append_family(text, name, type);
	append_string(text, types[type]);
}

void text_begin(struct text *text, const char *name)
{
	append_string(text, name);
	text->labelled = false;
}

void text_label_open(struct text *text, const char *name)
{
	size_t length = strlen(name);
	char *room = text_reserve(text, length + 3);

	if (!room)
		return;
	*room = text->labelled ? ',' : '{';
	memcpy(room + 1, name, length);
	memcpy(room + 1 + length, "=\"", 2);
	text->length += length + 3;
	text->labelled = true;
}

void text_label_close(struct text *text)
{
	text_append_literal(text, "\"");
}

void text_label(struct text *text, const char *name, const char *value)
{
	text_label_open(text, name);
	text_append_escaped(text, value);
	text_label_close(text);
}

void text_label_number(struct text *text, const char *name, uint64_t value)
{
	text_label_open(text, name);
	text_append_number(text, value);
	text_label_close(text);
}

static void end_labels(struct text *t)
{
	if (t->labelled)
		text_append_literal(t, "} ");
	else
		text_append_literal(t, " ");
}

void text_value_open(struct text *text, uint64_t value)
{
	end_labels(text);
	text_append_number(text, value);
}

void text_line_end(struct text *text)
{
	text_append_literal(text, "\n");
}

void text_value(struct text *text, uint64_t value)
{
	text_value_open(text, value);
	text_line_end(text);
}

void text_value_scaled(struct text *text, uint64_t value, unsigned digits)
{
	end_labels(text);
	text_append_scaled(text, value, digits);
	text_line_end(text);
}

void text_sample(struct text *text, const struct text_piece *name, const struct text *labels,
	const struct text_piece *end, uint64_t value)
{
	char *room = text_reserve(text,
		sizeof(name->bytes) + labels->length + sizeof(end->bytes) + NUMBER_LENGTH + 1);
	char *out = room;

	if (!room)
		return;
	memcpy(out, name->bytes, sizeof(name->bytes));
	out += name->length;
	if (labels->length > 0)
		memcpy(out, labels->data, labels->length);
	out += labels->length;
	memcpy(out, end->bytes, sizeof(end->bytes));
	out += end->length;
	out += format_number(out, value);
	*out++ = '\n';
	text->length += (size_t)(out - room);
}

void text_labelled(struct text *text, const char *name, const char *label, const char *label_value,
	uint64_t value)
{
	text_begin(text, name);
	text_label(text, label, label_value);
	text_value(text, value);
}

void text_single(
	struct text *text, const char *name, enum text_type type, const char *help, uint64_t value)
{
	text_single_scaled(text, name, type, help, value, 0);
}

void text_single_scaled(struct text *text, const char *name, enum text_type type, const char *help,
	uint64_t value, unsigned digits)
{
	text_family(text, name, type, help);
	text_begin(text, name);
	text_value_scaled(text, value, digits);
}

void text_end(struct text *text)
{
	if (text->format == TEXT_OPENMETRICS)
		text_append_literal(text, "# EOF\n");
}
