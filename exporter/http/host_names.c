/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "http/host_names.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

static bool is_address(struct octets host)
{
	char text[INET_ADDRSTRLEN] = "";
	struct in_addr address;

	if (host.size && host.at[0] == '[') /* no name starts with a bracket */
		return true;
	if (host.size >= sizeof(text))
		return false;
	memcpy(text, host.at, host.size);
	return inet_pton(AF_INET, text, &address) == 1;
}

/* A pattern that starts with a dot matches all names with that ending. */
static bool matches(struct octets host, struct octets pattern)
{
	if (octets_equal(pattern, "*"))
		return true;
	if (pattern.size && *pattern.at == '.' && host.size > pattern.size)
		host = octets_skip(host, host.size - pattern.size);
	return host.size == pattern.size && strncasecmp(host.at, pattern.at, host.size) == 0;
}

static bool is_in_list(struct octets host, const char *list)
{
	for (;; list++) {
		size_t size = strcspn(list, ",");

		if (matches(host, (struct octets){list, size}))
			return true;
		list += size;
		if (*list == '\0')
			return false;
	}
}

bool http_host_is_named(const struct http_host_names *names, struct octets host)
{
	/* A name that ends with a dot is the same name (RFC 3986 3.2.2). */
	if (host.size > 1 && host.at[host.size - 1] == '.')
		host.size--;
	/* Browsers always send a host, but HTTP/1.0 and some health checks do not. */
	return !host.size || is_address(host) || octets_equal_nocase(host, "localhost") ||
	       (names->own[0] && octets_equal_nocase(host, names->own)) ||
	       is_in_list(host, names->more);
}
