/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "http/body.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>

#include "common/clock.h"
#include "http/handler.h"

static size_t total;

struct http_body *http_body_shared(struct http_source *source)
{
	struct http_body *body = source->body;

	if (!body || clock_ms(CLOCK_MONOTONIC) - body->written_ms >= source->shared_ms)
		return NULL;
	body->references++;
	return body;
}

struct http_body *http_body_new(struct http_source *source)
{
	struct http_body *body = calloc(1, sizeof(*body));
	struct evbuffer *bytes = body ? evbuffer_new() : NULL;

	if (!bytes || source->write(source, bytes) < 0) {
		if (bytes)
			evbuffer_free(bytes);
		free(body);
		return NULL;
	}
	if (source->body)
		source->body->source = NULL;
	*body = (struct http_body){
		.references = 1,
		.size = evbuffer_get_length(bytes),
		.written_ms = clock_ms(CLOCK_MONOTONIC),
		.bytes = bytes,
		.source = source,
	};
	source->body = body;
	total += body->size;
	return body;
}

void http_body_release(struct http_body *body)
{
	if (!body)
		return;
	body->references--;
	if (body->references > 0)
		return;
	if (body->source)
		body->source->body = NULL;
	total -= body->size;
	evbuffer_free(body->bytes);
	free(body);
}

/*
 * evbuffer_add_buffer_reference() of libevent 2.1 is not used: without memory it omits a part of
 * the body without an error.
 */
int http_body_append(struct http_body *body, struct evbuffer *output)
{
	struct evbuffer_iovec piece;
	struct evbuffer_ptr at;

	if (body->size > 0)
		evbuffer_ptr_set(body->bytes, &at, 0, EVBUFFER_PTR_SET);
	for (size_t left = body->size; left > 0; left -= piece.iov_len) {
		evbuffer_peek(body->bytes, -1, &at, &piece, 1);
		if (evbuffer_add_reference(output, piece.iov_base, piece.iov_len, NULL, NULL))
			return -ENOMEM;
		evbuffer_ptr_set(body->bytes, &at, piece.iov_len, EVBUFFER_PTR_ADD);
	}
	return 0;
}

size_t http_body_total(void)
{
	return total;
}
