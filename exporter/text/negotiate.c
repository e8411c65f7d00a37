/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "text/negotiate.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* An element of a list: "type; parameter; parameter". */
struct element {
	const char *text;
	size_t length;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static struct element trim(const char *text, size_t length)
{
	for (; length > 0 && is_space(*text); length--)
		text++;
	while (length > 0 && is_space(text[length - 1]))
		length--;
	return (struct element){text, length};
}

/*
 * Returns the text before `separator`, and moves `*list` past the separator. Quoted separators do
 * not occur in these headers.
 */
static struct element next(const char **list, const char *end, char separator)
{
	const char *begin = *list;
	const char *stop = memchr(begin, separator, (size_t)(end - begin));

	if (!stop)
		stop = end;
	*list = stop < end ? stop + 1 : end;
	return trim(begin, (size_t)(stop - begin));
}

static bool is(struct element e, const char *name)
{
	return e.length == strlen(name) && strncasecmp(e.text, name, e.length) == 0;
}

static bool begins(struct element e, const char *name)
{
	return e.length >= strlen(name) && strncasecmp(e.text, name, strlen(name)) == 0;
}

/* Parses "0.75" as 750. Returns 0 if the weight is malformed. */
static int parse_weight(struct element e)
{
	int weight, unit = 100;

	if (e.length == 0 || e.length > 5 || (e.text[0] != '0' && e.text[0] != '1') ||
		(e.length > 1 && e.text[1] != '.'))
		return 0;
	weight = (e.text[0] - '0') * 1000;
	for (size_t i = 2; i < e.length; i++, unit /= 10) {
		if (e.text[i] < '0' || e.text[i] > '9')
			return 0;
		weight += (e.text[i] - '0') * unit;
	}
	return weight > 1000 ? 0 : weight;
}

/* An element and its weight, 0 to 1000. */
struct preference {
	struct element name;
	struct element version; /* empty without a parameter version */
	int weight;
};

static struct preference parse_preference(struct element e)
{
	const char *rest = e.text, *end = e.text + e.length;
	struct preference p = {.name = next(&rest, end, ';'), .version = {"", 0}, .weight = 1000};

	while (rest < end) {
		struct element parameter = next(&rest, end, ';');

		if (begins(parameter, "q="))
			p.weight = parse_weight(trim(parameter.text + 2, parameter.length - 2));
		else if (begins(parameter, "version="))
			p.version = trim(parameter.text + 8, parameter.length - 8);
	}
	return p;
}

static bool wants_openmetrics(const struct preference *p)
{
	return is(p->name, "application/openmetrics-text") &&
	       (p->version.length == 0 || is(p->version, "1.0.0") || is(p->version, "0.0.1"));
}

static bool wants_plain(const struct preference *p)
{
	return is(p->name, "text/plain") && (p->version.length == 0 || is(p->version, "0.0.4"));
}

enum text_format negotiate_format(const char *accept)
{
	const char *rest = accept, *end = accept + strlen(accept);
	int openmetrics = 0, plain = 0;

	while (rest < end) {
		struct preference p = parse_preference(next(&rest, end, ','));

		if (wants_openmetrics(&p) && p.weight > openmetrics)
			openmetrics = p.weight;
		if (wants_plain(&p) && p.weight > plain)
			plain = p.weight;
	}
	return openmetrics > 0 && openmetrics >= plain ? TEXT_OPENMETRICS : TEXT_PLAIN;
}

bool negotiate_event_stream(const char *accept)
{
	const char *rest = accept, *end = accept + strlen(accept);

	while (rest < end) {
		struct preference p = parse_preference(next(&rest, end, ','));

		if (is(p.name, "text/event-stream"))
			return p.weight > 0;
	}
	return false;
}

bool negotiate_gzip(const char *accept_encoding)
{
	const char *rest = accept_encoding, *end = accept_encoding + strlen(accept_encoding);

	while (rest < end) {
		struct preference p = parse_preference(next(&rest, end, ','));

		if (is(p.name, "gzip") || is(p.name, "x-gzip"))
			return p.weight > 0;
	}
	return false;
}
