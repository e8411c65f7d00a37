/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A body that several responses may share: it is in memory once, and counts once. */
#ifndef REXMIT_HTTP_BODY_H
#define REXMIT_HTTP_BODY_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_BODY_PIECES 8

struct evbuffer;

struct http_body {
	unsigned references;
	size_t size;
	size_t memory; /* how much of it is in use, about */
	size_t *meter; /* counts that, until it is gone */
	size_t pieces;
	struct {
		char *data;
		size_t size;
	} piece[HTTP_BODY_PIECES];
	struct http_body **weak; /* NULL, or who must not point here when it is gone */
};

/* Empty, with one reference, the caller's; NULL if there is no memory. `meter` must outlive it. */
struct http_body *http_body_new(size_t *meter);
/*
 * Adds `size` bytes in memory for free(), which is the body's then; `memory` is about how much of it
 * is in use. At most HTTP_BODY_PIECES times.
 */
void http_body_add(struct http_body *body, char *data, size_t size, size_t memory);

struct http_body *http_body_reference(struct http_body *body);
/* Accepts NULL. The last one frees it. */
void http_body_release(struct http_body *body);

/* Appends it without copying: each piece in the buffer holds a reference. Returns 0 or -ENOMEM. */
int http_body_append(struct http_body *body, struct evbuffer *buffer);

#endif
