/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "text/json.h"

/*
 * Writes the comma before a member and the member's name. There is no comma after an opening
 * bracket, after a blank, at the start of a line, or at the start of the text.
 */
static void json_begin_member(struct text *t, const char *name)
{
	if (t->length > 0 && !memchr("{[\n ", t->data[t->length - 1], 4))
		text_append_literal(t, ",");
	if (!name)
		return;
	text_append_literal(t, "\"");
	text_append(t, name, strlen(name));
	text_append_literal(t, "\":");
}

void json_open(struct text *text, const char *name, char bracket)
{
	json_begin_member(text, name);
	text_append(text, &bracket, 1);
}

void json_close(struct text *text, char bracket)
{
	text_append(text, &bracket, 1);
}

void json_number(struct text *text, const char *name, uint64_t value)
{
	json_begin_member(text, name);
	text_append_number(text, value);
}

void json_scaled(struct text *text, const char *name, uint64_t value, unsigned digits)
{
	json_begin_member(text, name);
	text_append_scaled(text, value, digits);
}

void json_bool(struct text *text, const char *name, bool value)
{
	json_begin_member(text, name);
	if (value)
		text_append_literal(text, "true");
	else
		text_append_literal(text, "false");
}

void json_null(struct text *text, const char *name)
{
	json_begin_member(text, name);
	text_append_literal(text, "null");
}

/* Escapes the characters of RFC 8259, 7, and DEL, because terminals interpret it. */
static void append_escaped(struct text *t, const char *string)
{
	static const char digits[] = "0123456789abcdef";

	for (; *string; string++) {
		unsigned char c = (unsigned char)*string;
		const char escaped[] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};

		if (c < ' ' || c == '"' || c == '\\' || c == 127)
			text_append(t, escaped, sizeof(escaped));
		else
			text_append(t, string, 1);
	}
}

void json_string(struct text *text, const char *name, const char *value)
{
	json_string_open(text, name);
	append_escaped(text, value);
	json_string_close(text);
}

void json_string_open(struct text *text, const char *name)
{
	json_begin_member(text, name);
	text_append_literal(text, "\"");
}

void json_string_close(struct text *text)
{
	text_append_literal(text, "\"");
}
