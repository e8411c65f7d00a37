/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The limits of an HTTP server. */
#ifndef REXMIT_HTTP_LIMITS_H
#define REXMIT_HTTP_LIMITS_H

#include <stddef.h>

struct http_limits {
	unsigned connections;      /* at least 1 */
	unsigned request_seconds;  /* from the first byte of a request to the end of its header */
	unsigned response_seconds; /* from a request until the kernel has the whole response */
	unsigned scrape_seconds;   /* maximum for a timeout that a client announces */
	unsigned idle_seconds;     /* between two requests */
	size_t header_bytes;       /* request line and header fields */
	unsigned readers;          /* clients that read feeds, not included in `connections` */
	size_t reader_bytes;       /* bytes that wait for a reader; see feed.h */
	size_t output_bytes;       /* bodies being sent; see http_server_new() */
};

extern const struct http_limits http_default_limits;

#endif
