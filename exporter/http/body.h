/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A body that several responses share. It is in memory once, and is counted once. */
#ifndef REXMIT_HTTP_BODY_H
#define REXMIT_HTTP_BODY_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_BODY_PIECES 8

struct evbuffer;

struct http_body {
	unsigned references;
	size_t size;
	size_t memory; /* approximate memory in use, in bytes */
	size_t *meter; /* `memory` is added to it until the body is freed */
	size_t pieces;
	struct {
		char *data;
		size_t size;
	} piece[HTTP_BODY_PIECES];
	struct http_body **weak; /* NULL, or a pointer to clear when the body is freed */
};

/* Returns an empty body with one reference, or NULL without memory. `meter` must outlive it. */
struct http_body *http_body_new(size_t *meter);
/*
 * Adds `size` bytes that the body frees with free(). `memory` is about how much of that is in use.
 * To be called at most HTTP_BODY_PIECES times.
 */
void http_body_add(struct http_body *body, char *data, size_t size, size_t memory);

struct http_body *http_body_reference(struct http_body *body);
/* Accepts NULL. Releasing the last reference frees the body. */
void http_body_release(struct http_body *body);

/* Appends the body without copying; the buffer holds references. Returns 0 or -ENOMEM. */
int http_body_append(struct http_body *body, struct evbuffer *buffer);

#endif
