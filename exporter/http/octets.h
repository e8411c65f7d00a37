/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A stretch of a request, and the classes of octets of which HTTP's syntax is made. */
#ifndef REXMIT_HTTP_OCTETS_H
#define REXMIT_HTTP_OCTETS_H

#include <stdbool.h>
#include <stddef.h>

struct octets {
	const char *at;
	size_t size;
};

/* Classes; those of <ctype.h> depend on the locale. '%' is never in one of a URI. */
enum {
	OCTET_TOKEN = 1, /* tchar, RFC 9110 5.6.2 */
	OCTET_PATH = 2,  /* pchar and "/", RFC 3986 3.3 */
	/* And "?", RFC 3986 3.4; and what browsers send as it is: the query of the URL Standard. */
	OCTET_QUERY = 4,
	OCTET_HOST = 8, /* reg-name, RFC 3986 3.2.2 */
	OCTET_HEX = 16,
	OCTET_DIGIT = 32,
};

bool octet_is(char octet, unsigned class);

/* How many octets of `class` it begins with. */
size_t octets_span(struct octets text, unsigned class);
/* Likewise, where an octet may also be written as "%" and two hexadecimal digits. */
size_t octets_span_encoded(struct octets text, unsigned class);

/* What is behind the first `size`. */
struct octets octets_skip(struct octets text, size_t size);
/* Without the blanks at either end. */
struct octets octets_trim(struct octets text);

bool octets_equal(struct octets text, const char *literal);
bool octets_equal_nocase(struct octets text, const char *literal);

#endif
