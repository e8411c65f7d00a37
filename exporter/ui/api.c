/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "ui/api.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "http/response.h"
#include "text/gzip.h"
#include "text/negotiate.h"
#include "ui/summary.h"
#include "version.h"

static int write_summary(const struct api *api, struct text *text)
{
	struct summary summary = {
		.stream = api->stream,
		.history = api->history,
		.audit = api->audit,
		.version = REXMIT_VERSION,
		.collector_state = link_describe(api->link),
		.collector_up = link_state(api->link) == LINK_UP,
		.real_ms = clock_ms(CLOCK_REALTIME),
		.monotonic_ms = clock_ms(CLOCK_MONOTONIC),
	};

	process_measure(api->process, &summary.process);
	return summary_write(text, &summary);
}

static void free_cb(const void *data, size_t length, void *context)
{
	(void)length;
	(void)context;
	free((void *)data);
}

static int add(struct evbuffer *body, const struct text *text, bool gzip)
{
	size_t length;
	char *data;
	int r;

	if (!gzip)
		return evbuffer_add(body, text->data, text->length);
	r = gzip_compress(text, 1, &data, &length);
	if (r < 0 || evbuffer_add_reference(body, data, length, free_cb, NULL) == 0)
		return r;
	free(data);
	return -ENOMEM;
}

struct http_answer api_answer(
	const struct api *api, const struct http_query *query, struct evbuffer *body)
{
	bool gzip = negotiate_gzip(query->accept_encoding);
	struct text text;
	int r;

	if (!api->history || strcmp(query->path, "/api/v1/summary") != 0)
		return (struct http_answer){0};
	if (query->crowded)
		return (struct http_answer){.status = HTTP_ANSWER_LATER};
	text_init(&text, TEXT_PLAIN, 0);
	r = write_summary(api, &text);
	if (r == 0)
		r = add(body, &text, gzip);
	text_deinit(&text);
	if (r < 0)
		return http_response_refusal(503, body);
	return (struct http_answer){
		.status = 200,
		.content_type = "application/json",
		.content_encoding = gzip ? "gzip" : NULL,
		.extra_headers = "Cache-Control: no-store\r\n"
				 "Vary: Accept-Encoding\r\n",
	};
}
