/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The text of a response: status line, header fields, and a short body. */
#ifndef REXMIT_HTTP_RESPONSE_H
#define REXMIT_HTTP_RESPONSE_H

#include <stdbool.h>

struct evbuffer;
struct http_answer;
struct http_body;

enum http_persistence {
	HTTP_PERSISTS,     /* the default of HTTP/1.1, so no field is sent */
	HTTP_PERSISTS_1_0, /* HTTP/1.0 needs a field */
	HTTP_CLOSES,
};

/*
 * Appends a response. `body` is NULL if the answer has no source. For HEAD and for a feed, appends
 * only the header. Returns 0 or -ENOMEM.
 */
int http_response_write(struct evbuffer *output, const struct http_answer *answer,
	struct http_body *body, bool head, enum http_persistence persistence);

#endif
