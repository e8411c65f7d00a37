/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The interface between the HTTP server and the code that produces the content. */
#ifndef REXMIT_HTTP_HANDLER_H
#define REXMIT_HTTP_HANDLER_H

#include <stdbool.h>
#include <stddef.h>

struct evbuffer;
struct http_body;

/* The parts of a request that a handler sees. Strings are valid until the handler returns. */
struct http_query {
	const char *path;            /* such as "/metrics": without query string, not decoded */
	const char *parameters;      /* what follows '?', or "" */
	const char *accept;          /* value of Accept, or "" */
	const char *accept_encoding; /* value of Accept-Encoding, or "" */
	size_t *body_bytes;          /* for http_body_new() */
	bool crowded;                /* there is no room for another large body */
};

/* `status` of a handler that cannot answer while crowded. It will be asked again. */
#define HTTP_ANSWER_LATER (-1)

/* The answer of a handler. `status` is 0 for an unknown path. Strings are literals. */
struct http_answer {
	int status;
	struct http_body *shared; /* NULL, or a reference to a body that follows `body` */
	const char *content_type;
	const char *content_encoding; /* NULL: none */
	const char *extra_headers;    /* NULL, or whole lines, each ending in "\r\n" */
};

/* Appends the body to `body`. Called for HEAD, too; the server then does not send the body. */
typedef struct http_answer (*http_handler_cb)(
	const struct http_query *query, struct evbuffer *body, void *context);

#endif
