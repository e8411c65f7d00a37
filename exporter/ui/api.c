/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "ui/api.h"

#include <string.h>

#include "common/clock.h"
#include "text/negotiate.h"
#include "text/output.h"
#include "ui/summary.h"
#include "version.h"

static int write_json(const struct api_sources *sources, struct text *text)
{
	struct summary summary = {
		.stream = sources->stream,
		.history = sources->history,
		.audit = sources->audit,
		.version = REXMIT_VERSION,
		.collector_state = link_describe(sources->link),
		.collector_up = link_state(sources->link) == LINK_UP,
		.real_ms = clock_ms(CLOCK_REALTIME),
		.monotonic_ms = clock_ms(CLOCK_MONOTONIC),
	};

	process_measure(sources->process, &summary.process);
	return summary_write(text, &summary);
}

static int write_summary(struct http_source *source, struct evbuffer *body)
{
	struct api *api = source->context;
	struct text text;
	int r;

	text_init(&text, TEXT_PLAIN, 0);
	r = write_json(&api->sources, &text);
	if (r == 0)
		r = output_texts(body, &text, 1, source == &api->gzip);
	text_deinit(&text);
	return r;
}

void api_init(struct api *api, const struct api_sources *sources)
{
	const struct http_source source = {.write = write_summary, .context = api};

	*api = (struct api){.sources = *sources, .plain = source, .gzip = source};
}

struct http_answer api_answer(struct api *api, const struct http_query *query)
{
	bool gzip = negotiate_gzip(query->accept_encoding);

	if (!api->sources.history || strcmp(query->path, "/api/v1/summary") != 0)
		return (struct http_answer){.status = 404};
	return (struct http_answer){
		.status = 200,
		.source = gzip ? &api->gzip : &api->plain,
		.content_type = "application/json",
		.content_encoding = gzip ? "gzip" : NULL,
		.extra_headers = "Cache-Control: no-store\r\n"
				 "Vary: Accept-Encoding\r\n",
	};
}
