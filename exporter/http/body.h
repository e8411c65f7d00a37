/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A body that a source has written. Each response with this body has a reference. */
#ifndef REXMIT_HTTP_BODY_H
#define REXMIT_HTTP_BODY_H

#include <stddef.h>
#include <stdint.h>

struct evbuffer;
struct http_source;

struct http_body {
	unsigned references;
	size_t size;
	uint64_t written_ms; /* CLOCK_MONOTONIC */
	struct evbuffer *bytes;
	struct http_source *source; /* NULL if the source has written a newer body */
};

/* Returns a reference to the newest body, or NULL if no client receives it or it is too old. */
struct http_body *http_body_shared(struct http_source *source);
/* Lets the source write a body. Returns a reference, or NULL if that failed. */
struct http_body *http_body_new(struct http_source *source);
/* Releases a reference. The last release frees the body. Accepts NULL. */
void http_body_release(struct http_body *body);

/* Appends the bytes without copying, so the body must outlive `output`. Returns 0 or -ENOMEM. */
int http_body_append(struct http_body *body, struct evbuffer *output);

size_t http_body_total(void);

#endif
