/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "terminal/target.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define HTTP "http://"
#define UNIX "unix:"

/* Copies a part of the address. Returns false if the part is empty or too long. */
static bool copy(char *to, size_t size, const char *from, size_t length)
{
	if (length == 0 || length >= size)
		return false;
	memcpy(to, from, length);
	to[length] = '\0';
	return true;
}

/* Copies the host. An IPv6 address is in brackets. Returns the rest of the text, or NULL. */
static const char *parse_host(struct target *target, const char *text)
{
	size_t length = strcspn(text, ":/");

	if (*text != '[')
		return copy(target->host, sizeof(target->host), text, length) ? text + length
									      : NULL;
	length = strcspn(++text, "]");
	if (text[length] != ']' || !copy(target->host, sizeof(target->host), text, length))
		return NULL;
	return text + length + 1;
}

static const char *parse_port(struct target *target, const char *text)
{
	size_t length;

	strcpy(target->port, "2112");
	if (*text != ':')
		return text;
	length = strspn(++text, "0123456789");
	return copy(target->port, sizeof(target->port), text, length) ? text + length : NULL;
}

int target_parse(struct target *target, const char *text)
{
	const char *rest = NULL;

	*target = (struct target){.text = text};
	if (strncmp(text, UNIX, strlen(UNIX)) == 0) {
		target->socket = text + strlen(UNIX);
		return *target->socket ? 0 : -EINVAL;
	}
	if (strncmp(text, HTTP, strlen(HTTP)) == 0)
		rest = parse_host(target, text + strlen(HTTP));
	if (rest)
		rest = parse_port(target, rest);
	if (!rest || (*rest && *rest != '/'))
		return -EINVAL;
	/* A slash alone is no prefix. A space is refused, because it would end the request's
	 * path. */
	if (rest[strspn(rest, "/")] == '\0')
		return 0;
	return !strchr(rest, ' ') &&
			       copy(target->prefix, sizeof(target->prefix), rest, strlen(rest))
		       ? 0
		       : -EINVAL;
}
