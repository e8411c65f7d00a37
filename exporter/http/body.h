/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A body that a source has written. Responses that share it hold a reference each. */
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
	struct http_source *source; /* NULL when the source has written a newer one */
};

/* Returns a reference to the newest body if clients are receiving it and it may be shared, or NULL. */
struct http_body *http_body_shared(struct http_source *source);
/* Lets the source write a body. Returns a reference, or NULL if that failed. */
struct http_body *http_body_new(struct http_source *source);
/* Accepts NULL. Releasing the last reference frees the body. */
void http_body_release(struct http_body *body);

/* Appends the bytes without copying: the body must outlive them. Returns 0 or -ENOMEM. */
int http_body_append(struct http_body *body, struct evbuffer *output);

/* Size of all bodies of this process. */
size_t http_body_total(void);

#endif
