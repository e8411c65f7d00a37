/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Recognizes Prometheus text 0.0.4 and OpenMetrics 1.0, as far as rexmit writes them, and one flat
 * object of JSON (RFC 8259). It follows these specifications, not rexmit's code.
 */
#ifndef TEST_FUZZ_GRAMMAR_H
#define TEST_FUZZ_GRAMMAR_H

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct reader {
	const char *at, *end;
};

static inline bool take(struct reader *r, const char *literal)
{
	size_t length = strlen(literal);

	if ((size_t)(r->end - r->at) < length || memcmp(r->at, literal, length) != 0)
		return false;
	r->at += length;
	return true;
}

/* Accepts one character that is in `set`, or one that is not, but never a zero. */
static inline bool take_char(struct reader *r, const char *set, bool in)
{
	if (r->at == r->end || !*r->at || (strchr(set, *r->at) != NULL) != in)
		return false;
	r->at++;
	return true;
}

/* Accepts a character of several bytes (RFC 3629, 4). */
static inline bool take_utf8(struct reader *r)
{
	const unsigned char *p = (const unsigned char *)r->at;
	size_t length = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;

	if (*p < 0xc2 || *p > 0xf4 || (size_t)(r->end - r->at) < length)
		return false;
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
		(*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
		return false;
	for (size_t i = 1; i < length; i++)
		if ((p[i] & 0xc0) != 0x80)
			return false;
	r->at += length;
	return true;
}

/* Accepts a backslash and one of `escapes`. After "u" it accepts four digits. */
static inline bool take_escape(struct reader *r, const char *escapes)
{
	if (!take(r, "\\") || !take_char(r, escapes, true))
		return false;
	for (int digits = r->at[-1] == 'u' ? 4 : 0; digits > 0; digits--)
		if (!take_char(r, "0123456789abcdef", true))
			return false;
	return true;
}

static inline bool take_string(struct reader *r, const char *escapes, bool controls)
{
	if (!take(r, "\""))
		return false;
	while (!take(r, "\"")) {
		if (r->at == r->end)
			return false;
		if (*r->at & 0x80
				? !take_utf8(r)
				: !take_escape(r, escapes) && !((controls || !iscntrl(*r->at)) &&
								      take_char(r, "\n\\", false)))
			return false;
	}
	return true;
}

static inline bool take_digits(struct reader *r)
{
	const char *start = r->at;

	while (take_char(r, "0123456789", true))
		;
	return r->at > start;
}

static inline bool take_number(struct reader *r)
{
	return take(r, "+Inf") || (take_digits(r) && (!take(r, ".") || take_digits(r)));
}

static inline bool take_name(struct reader *r)
{
	const char *start = r->at;

	while (r->at < r->end &&
		(isalpha(*r->at) || *r->at == '_' || (r->at > start && isdigit(*r->at))))
		r->at++;
	return r->at > start;
}

static inline bool take_labels(struct reader *r)
{
	do {
		if (!take_name(r) || !take(r, "=") || !take_string(r, "\\\"n", true))
			return false;
	} while (take(r, ","));
	return take(r, "}");
}

static inline bool take_comment(struct reader *r)
{
	if (take(r, "EOF\n"))
		return r->at == r->end;
	if (!(take(r, "HELP ") || take(r, "TYPE ")) || !take_name(r) || !take(r, " "))
		return false;
	while (take_char(r, "\n", false))
		;
	return take(r, "\n");
}

static inline bool take_sample(struct reader *r)
{
	if (!take_name(r) || (take(r, "{") && !take_labels(r)) || !take(r, " ") || !take_number(r))
		return false;
	/* an exemplar */
	if (take(r, " # {") && (!take_labels(r) || !take(r, " ") || !take_number(r) ||
				       (take(r, " ") && !take_number(r))))
		return false;
	return take(r, "\n");
}

static inline bool is_exposition(const char *text, size_t length)
{
	struct reader r = {text, text + length};

	while (r.at < r.end)
		if (!(take(&r, "# ") ? take_comment(&r) : take_sample(&r)))
			return false;
	return true;
}

static inline bool is_json_line(const char *text, size_t length)
{
	struct reader r = {text, text + length};

	if (!take(&r, "{"))
		return false;
	do {
		if (!take_string(&r, "u\\\"/bfnrt", false) || !take(&r, ":") ||
			!(take_string(&r, "u\\\"/bfnrt", false) || take_number(&r) ||
				take(&r, "true") || take(&r, "false") || take(&r, "null")))
			return false;
	} while (take(&r, ","));
	return take(&r, "}\n") && r.at == r.end;
}

#endif
