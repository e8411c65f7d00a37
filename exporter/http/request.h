/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A strict reader of HTTP/1.0 and HTTP/1.1 requests without a body (RFC 9110, RFC 9112): bytes in,
 * a request or the status that refuses it out. Pure: no allocation, no system call.
 *
 * Where the RFCs let a recipient be lenient this one refuses: what two readers may understand
 * differently is how requests are smuggled, and no scraper sends it (RFC 9112 11.2).
 */
#ifndef REXMIT_HTTP_REQUEST_H
#define REXMIT_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "http/octets.h"

struct http_query;

/* A part of the request, as offsets: the bytes may move between two calls. */
struct http_span {
	size_t at; /* 0: not there */
	size_t size;
};

struct http_request {
	size_t size;     /* bytes looked at; of a complete request: its size */
	bool head;       /* HEAD, valid after the request line */
	bool options;    /* OPTIONS, likewise; neither: GET */
	bool keep_alive; /* the connection persists, RFC 9112 9.3 */
	struct http_span path, parameters;
	struct http_span accept, accept_encoding; /* of several such fields the first */
	struct http_span authorization;
	struct http_span host;    /* without its port; the target's, if that names one */
	unsigned timeout_seconds; /* how long a scraper waits, as Prometheus says; 0: unknown */
	/* The reader's own. */
	size_t line;                                    /* where the current line begins */
	int minor;                                      /* of the version */
	bool begun;                                     /* the request line is complete */
	bool absolute;                                  /* the target names a host */
	bool host_seen, content_length, close, persist; /* what was seen of the fields */
};

#define HTTP_REQUEST_INCOMPLETE 0
#define HTTP_REQUEST_COMPLETE 200

/*
 * Reads on. `request` is all zeros before the first call; `bytes` begins with the bytes of the call
 * before. A request longer than `limit` bytes, its last CRLF included, is refused. Returns
 * HTTP_REQUEST_INCOMPLETE, HTTP_REQUEST_COMPLETE, or the status of the refusal: 400, 405, 413, 414,
 * 431 or 505. Unless it returned INCOMPLETE it is not to be called again. How the bytes are split
 * into calls makes no difference to the answer.
 */
int http_request_read(struct http_request *request, const char *bytes, size_t size, size_t limit);

/* The strings of a complete request; they are ended in place, within `bytes`. */
struct http_query http_request_query(const struct http_request *request, char *bytes);
/* The host that it is for, an address in brackets with them. Before http_request_query(). */
struct octets http_request_host(const struct http_request *request, const char *bytes);
/* The value of its Authorization field, or "". */
const char *http_request_authorization(const struct http_request *request, char *bytes);

#endif
