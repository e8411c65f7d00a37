/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* How a response is written: its status line, its header fields, and the pages of refusals. */
#ifndef REXMIT_HTTP_RESPONSE_H
#define REXMIT_HTTP_RESPONSE_H

#include <stdbool.h>

struct evbuffer;
struct http_answer;

enum http_persistence {
	HTTP_PERSISTS,     /* HTTP/1.1: said by saying nothing */
	HTTP_PERSISTS_1_0, /* HTTP/1.0: to be said */
	HTTP_CLOSES,
};

/*
 * Appends a response to `output`; `body` is emptied into it, or for the answer to HEAD away, its
 * length being told either way. Returns 0 or -ENOMEM.
 */
int http_response_write(struct evbuffer *output, const struct http_answer *answer,
	struct evbuffer *body, bool head, enum http_persistence persistence);

/* The answer to OPTIONS, without a body. */
struct http_answer http_response_options(void);
/* The answer of a refusal, a 4xx or 5xx, and into `body` its page: one plain line. */
struct http_answer http_response_refusal(int status, struct evbuffer *body);

#endif
