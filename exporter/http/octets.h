/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Texts that are parts of a request, and the character classes of HTTP's syntax. */
#ifndef REXMIT_HTTP_OCTETS_H
#define REXMIT_HTTP_OCTETS_H

#include <stdbool.h>
#include <stddef.h>

struct octets {
	const char *at;
	size_t size;
};

/*
 * Classes of octets. Unlike <ctype.h>, they do not depend on the locale. OCTET_PATH and OCTET_HOST
 * have no '%'.
 */
enum {
	OCTET_TOKEN = 1, /* tchar, RFC 9110 5.6.2 */
	OCTET_PATH = 2,  /* pchar and "/", RFC 3986 3.3 */
	/* OCTET_PATH, "?" (RFC 3986 3.4), and octets that browsers do not encode (URL Standard). */
	OCTET_QUERY = 4,
	OCTET_HOST = 8, /* reg-name, RFC 3986 3.2.2 */
	OCTET_HEX = 16,
	OCTET_DIGIT = 32,
};

bool octet_is(char octet, unsigned class);

/* Returns the number of octets of `class` at the start. */
size_t octets_span(struct octets text, unsigned class);
/* Like octets_span(), but octets may also be percent-encoded. */
size_t octets_span_encoded(struct octets text, unsigned class);
/* Returns the size of "http://" or "https://" at the start, or 0 if nothing follows it. */
size_t octets_scheme_size(struct octets text);

struct octets octets_skip(struct octets text, size_t size);
struct octets octets_trim(struct octets text);

bool octets_equal(struct octets text, const char *literal);
bool octets_equal_nocase(struct octets text, const char *literal);

#endif
