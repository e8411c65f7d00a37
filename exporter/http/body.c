/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "http/body.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>

#include "common/invariant.h"

struct http_body *http_body_new(size_t *meter)
{
	struct http_body *body = calloc(1, sizeof(*body));

	if (body)
		*body = (struct http_body){.references = 1, .meter = meter};
	return body;
}

void http_body_add(struct http_body *body, char *data, size_t size, size_t memory)
{
	invariant(body->pieces < HTTP_BODY_PIECES);
	body->piece[body->pieces].data = data;
	body->piece[body->pieces].size = size;
	body->pieces++;
	body->size += size;
	body->memory += memory;
	*body->meter += memory;
}

struct http_body *http_body_reference(struct http_body *body)
{
	body->references++;
	return body;
}

void http_body_release(struct http_body *body)
{
	if (!body || --body->references > 0)
		return;
	if (body->weak)
		*body->weak = NULL;
	*body->meter -= body->memory;
	for (size_t i = 0; i < body->pieces; i++)
		free(body->piece[i].data);
	free(body);
}

static void sent_cb(const void *data, size_t size, void *context)
{
	(void)data, (void)size;
	http_body_release(context);
}

int http_body_append(struct http_body *body, struct evbuffer *buffer)
{
	for (size_t i = 0; i < body->pieces; i++) {
		if (body->piece[i].size == 0)
			continue;
		if (evbuffer_add_reference(
			    buffer, body->piece[i].data, body->piece[i].size, sent_cb, body))
			return -ENOMEM;
		http_body_reference(body);
	}
	return 0;
}
