/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* What the HTTP server asks whoever knows what there is to see, and what he answers. */
#ifndef REXMIT_HTTP_HANDLER_H
#define REXMIT_HTTP_HANDLER_H

#include <stdbool.h>
#include <stddef.h>

struct evbuffer;
struct http_body;

/* What of a request a handler may see. Strings live until the handler returns. */
struct http_query {
	const char *path;            /* "/metrics": without the query string, not decoded */
	const char *parameters;      /* behind '?', or "" */
	const char *accept;          /* value of Accept, or "" */
	const char *accept_encoding; /* value of Accept-Encoding, or "" */
	size_t *body_bytes;          /* what http_body_new() needs */
	bool crowded;                /* there is no room for another large body */
};

/* For a handler to answer with when it is crowded, to be asked again later. */
#define HTTP_ANSWER_LATER (-1)

/* A handler's answer. `status` is 0 for "no such path". Strings are literals. */
struct http_answer {
	int status;
	struct http_body *shared; /* NULL, or a reference to what follows what was appended */
	const char *content_type;
	const char *content_encoding; /* NULL: none */
	const char *extra_headers;    /* NULL, or whole lines, each ending in "\r\n" */
};

/* Appends the body to `body`. Called for HEAD, too; the server then keeps the body back. */
typedef struct http_answer (*http_handler_cb)(
	const struct http_query *query, struct evbuffer *body, void *context);

#endif
