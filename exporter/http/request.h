/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A strict parser of HTTP/1.0 and HTTP/1.1 requests without a body (RFC 9110, RFC 9112), without
 * allocations or system calls.
 *
 * The parser also refuses requests that a lenient parser may accept by the RFCs. If two parsers
 * understand a request differently, request smuggling is possible (RFC 9112 11.2).
 */
#ifndef REXMIT_HTTP_REQUEST_H
#define REXMIT_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "http/octets.h"
#include "http/site.h"

struct http_query;

/* A part of the request, as offsets, because the bytes may move between calls. */
struct http_span {
	size_t at; /* 0: missing */
	size_t size;
};

struct http_request {
	size_t size;     /* bytes examined; at the end: the size of the request */
	bool head;       /* HEAD, valid after the request line */
	bool options;    /* OPTIONS, valid after the request line; otherwise GET or HEAD */
	bool keep_alive; /* the connection persists, RFC 9112 9.3 */
	struct http_span path, parameters;
	struct http_span accept, accept_encoding; /* the first field of several */
	struct http_span authorization;
	struct http_span host;    /* of the absolute target or the Host field, without port */
	enum http_site site;      /* valid in a complete request */
	unsigned timeout_seconds; /* the scraper's timeout; 0: unknown */
	/* Internal state of the parser. */
	struct http_span authority; /* `host` with the port */
	struct http_span origin, fetch_site, fetch_mode, fetch_dest;
	size_t line;                                    /* start of the current line */
	int minor;                                      /* minor version */
	bool started;                                   /* the request line is complete */
	bool absolute;                                  /* the target is absolute */
	bool host_seen, content_length, close, persist; /* fields seen so far */
};

#define HTTP_REQUEST_INCOMPLETE 0
#define HTTP_REQUEST_COMPLETE 200

/*
 * Parses more input. `request` must be all zeros before the first call. `bytes` must start with the
 * bytes of the previous call. `limit` is the maximum size of a request, including its last CRLF.
 * Returns HTTP_REQUEST_INCOMPLETE, HTTP_REQUEST_COMPLETE, or the status that refuses the request:
 * 400, 405, 413, 414, 431 or 505. It may be called again only after HTTP_REQUEST_INCOMPLETE.
 */
int http_request_read(struct http_request *request, const char *bytes, size_t size, size_t limit);

/* Returns the strings of a complete request. Writes their final zeros into `bytes`. */
struct http_query http_request_query(const struct http_request *request, char *bytes);
/* Returns the requested host, IPv6 in brackets. Call this before http_request_query(). */
struct octets http_request_host(const struct http_request *request, const char *bytes);
/* Returns the value of the Authorization field, or "". */
const char *http_request_authorization(const struct http_request *request, char *bytes);

#endif
