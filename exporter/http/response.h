/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Formats responses: status line, header fields, and the bodies of refusals. */
#ifndef REXMIT_HTTP_RESPONSE_H
#define REXMIT_HTTP_RESPONSE_H

#include <stdbool.h>

struct evbuffer;
struct http_answer;

enum http_persistence {
	HTTP_PERSISTS,     /* the default of HTTP/1.1, so no field is sent */
	HTTP_PERSISTS_1_0, /* HTTP/1.0: needs a field */
	HTTP_CLOSES,
};

/*
 * Appends a response to `output`. Moves `body` into it or, for HEAD, sends only its length. Returns
 * 0 or -ENOMEM.
 */
int http_response_write(struct evbuffer *output, const struct http_answer *answer,
	struct evbuffer *body, bool head, enum http_persistence persistence);

/* The answer to OPTIONS, without a body. */
struct http_answer http_response_options(void);
/* Returns the answer for a 4xx or 5xx, and appends one line of text to `body`. */
struct http_answer http_response_refusal(int status, struct evbuffer *body);

#endif
