/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Formats responses: status line, header fields, and short bodies. */
#ifndef REXMIT_HTTP_RESPONSE_H
#define REXMIT_HTTP_RESPONSE_H

#include <stddef.h>

struct evbuffer;
struct http_answer;

enum http_persistence {
	HTTP_PERSISTS,     /* the default of HTTP/1.1, so no field is sent */
	HTTP_PERSISTS_1_0, /* HTTP/1.0: needs a field */
	HTTP_CLOSES,
};

/* Appends the text of an answer without a source. Returns 0 or -ENOMEM. */
int http_response_text(struct evbuffer *body, const struct http_answer *answer);
/* Appends everything before the body, whose size is `length`. Returns 0 or -ENOMEM. */
int http_response_header(struct evbuffer *output, const struct http_answer *answer, size_t length,
	enum http_persistence persistence);

#endif
