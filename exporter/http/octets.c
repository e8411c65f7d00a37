/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "http/octets.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/array.h"

enum {
	URI = OCTET_PATH | OCTET_QUERY,
	ALL = OCTET_TOKEN | URI | OCTET_HOST,
};

static const uint8_t classes[256] = {
	['0' ... '9'] = ALL | OCTET_HEX | OCTET_DIGIT,
	['A' ... 'F'] = ALL | OCTET_HEX,
	['G' ... 'Z'] = ALL,
	['a' ... 'f'] = ALL | OCTET_HEX,
	['g' ... 'z'] = ALL,
	['-'] = ALL,
	['.'] = ALL,
	['_'] = ALL,
	['~'] = ALL,
	['!'] = ALL,
	['$'] = ALL,
	['&'] = ALL,
	['\''] = ALL,
	['*'] = ALL,
	['+'] = ALL,
	['('] = URI | OCTET_HOST,
	[')'] = URI | OCTET_HOST,
	[','] = URI | OCTET_HOST,
	[';'] = URI | OCTET_HOST,
	['='] = URI | OCTET_HOST,
	[':'] = URI,
	['@'] = URI,
	['/'] = URI,
	['?'] = OCTET_QUERY,
	['['] = OCTET_QUERY,
	[']'] = OCTET_QUERY,
	['{'] = OCTET_QUERY,
	['}'] = OCTET_QUERY,
	['\\'] = OCTET_QUERY,
	['#'] = OCTET_TOKEN,
	['%'] = OCTET_TOKEN | OCTET_QUERY,
	['^'] = OCTET_TOKEN | OCTET_QUERY,
	['`'] = OCTET_TOKEN | OCTET_QUERY,
	['|'] = OCTET_TOKEN | OCTET_QUERY,
};

bool octet_is(char octet, unsigned class)
{
	return classes[(uint8_t)octet] & class;
}

size_t octets_span(struct octets text, unsigned class)
{
	size_t size = 0;

	while (size < text.size && octet_is(text.at[size], class))
		size++;
	return size;
}

size_t octets_span_encoded(struct octets text, unsigned class)
{
	size_t size = 0;

	while (size < text.size) {
		if (octet_is(text.at[size], class))
			size++;
		else if (text.at[size] == '%' && size + 2 < text.size &&
			 octet_is(text.at[size + 1], OCTET_HEX) &&
			 octet_is(text.at[size + 2], OCTET_HEX))
			size += 3;
		else
			break;
	}
	return size;
}

size_t octets_scheme_size(struct octets text)
{
	static const char *const schemes[] = {"http://", "https://"};

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		struct octets begin = {text.at, strlen(schemes[i])};

		if (text.size > begin.size && octets_equal_nocase(begin, schemes[i]))
			return begin.size;
	}
	return 0;
}

struct octets octets_skip(struct octets text, size_t size)
{
	return (struct octets){text.at + size, text.size - size};
}

struct octets octets_trim(struct octets text)
{
	while (text.size && (*text.at == ' ' || *text.at == '\t'))
		text = octets_skip(text, 1);
	while (text.size && (text.at[text.size - 1] == ' ' || text.at[text.size - 1] == '\t'))
		text.size--;
	return text;
}

bool octets_equal(struct octets text, const char *literal)
{
	return text.size == strlen(literal) && !memcmp(text.at, literal, text.size);
}

bool octets_equal_nocase(struct octets text, const char *literal)
{
	return text.size == strlen(literal) && !strncasecmp(text.at, literal, text.size);
}
