/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "routes.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "exporter.h"
#include "http/body.h"
#include "metrics/exposition.h"
#include "text/gzip.h"
#include "text/negotiate.h"
#include "ui/api.h"
#include "ui/web_files.h"
#include "version.h"

static const char message_type[] = "text/plain; charset=utf-8";
static const char plain_type[] = "text/plain; version=0.0.4; charset=utf-8";
static const char openmetrics_type[] = "application/openmetrics-text; version=1.0.0; charset=utf-8";

static const char home[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<head><meta charset=\"utf-8\"><title>rexmit</title></head>\n"
	"<body>\n"
	"<h1>rexmit " REXMIT_VERSION "</h1>\n"
	"<p>TCP segments that this host retransmits: to which peers, how many, and why.</p>\n"
	"<ul>\n"
	"<li><a href=\"/metrics\">/metrics</a>: for Prometheus</li>\n"
	"<li><a href=\"/healthz\">/healthz</a>: whether this exporter runs</li>\n"
	"<li><a href=\"/readyz\">/readyz</a>: whether a collector is connected to it</li>\n"
	"</ul>\n"
	"</body>\n"
	"</html>\n";

static struct http_answer text_answer(struct evbuffer *body, int status, const char *text)
{
	/* If there is no memory for the whole body, do not send a part of it. */
	if (evbuffer_add_printf(body, "%s\n", text) < 0)
		status = 503;
	return (struct http_answer){.status = status, .content_type = message_type};
}

static struct http_answer answer_home(struct evbuffer *body)
{
	int r = evbuffer_add_reference(body, home, strlen(home), NULL, NULL);

	return (struct http_answer){
		.status = r < 0 ? 503 : 200, .content_type = "text/html; charset=utf-8"};
}

/* Serves / with its files and its data. With --web.disable-page, / is a plain index. */
static struct http_answer answer_page(
	struct exporter *exporter, const struct http_query *query, struct evbuffer *body)
{
	const struct api api = {
		.stream = &exporter->stream,
		.history = exporter->history,
		.audit = &exporter->audit,
		.link = exporter->link,
		.process = exporter->process,
	};
	struct http_answer answer = {0};

	if (!exporter->options.disable_page) {
		answer = web_answer(query, body);
		return answer.status ? answer : api_answer(&api, query, body);
	}
	return strcmp(query->path, "/") == 0 ? answer_home(body) : answer;
}

static struct http_answer answer_ready(struct exporter *exporter, struct evbuffer *body)
{
	bool up = link_state(exporter->link) == LINK_UP;

	return text_answer(body, up ? 200 : 503, link_describe(exporter->link));
}

static int write_exposition(
	struct exporter *exporter, enum text_format format, struct text parts[EXPOSITION_PARTS])
{
	const struct own_counts own = {
		.http = *http_server_counts(exporter->http),
		.log_lines_lost = log_lost(),
		.event_lines_lost = exporter->printer ? printer_lost(exporter->printer) : 0,
	};
	struct exposition exposition = {
		.stream = &exporter->stream,
		.http = &exporter->own.counts->http,
		.guard = exporter->guard,
		.version = REXMIT_VERSION,
		.collector_up = link_state(exporter->link) == LINK_UP,
		.created = exporter->options.created,
		.scrape_ns = exporter->scrape_ns,
		.scrape_bytes = exporter->scrape_bytes,
	};
	uint64_t begin_ns = clock_ns(CLOCK_MONOTONIC);
	int r;

	own_counts_update(&exporter->own, &own);
	exposition.log_lines_lost = exporter->own.counts->log_lines_lost;
	exposition.event_lines_lost = exporter->own.counts->event_lines_lost;
	process_measure(exporter->process, &exposition.process);
	r = exposition_write(parts, format, &exposition);
	exporter->scrape_ns = clock_ns(CLOCK_MONOTONIC) - begin_ns;
	exporter->scrape_bytes = exposition_size(parts);
	return r;
}

_Static_assert(EXPOSITION_PARTS <= HTTP_BODY_PIECES, "each part is a piece");

static void add_plain(struct http_body *body, struct text parts[EXPOSITION_PARTS])
{
	for (int i = 0; i < EXPOSITION_PARTS; i++) {
		http_body_add(body, parts[i].data, parts[i].length, text_memory(&parts[i]));
		parts[i].data = NULL;
	}
}

static int add_gzip(struct http_body *body, const struct text parts[EXPOSITION_PARTS])
{
	size_t length;
	char *data;
	int r = gzip_compress(parts, EXPOSITION_PARTS, &data, &length);

	if (r == 0)
		http_body_add(body, data, length, length);
	return r;
}

/* Returns NULL if there is no memory. */
static struct http_body *make_body(
	struct exporter *exporter, enum text_format format, bool gzip, size_t *meter)
{
	struct http_body *body = http_body_new(meter);
	struct text parts[EXPOSITION_PARTS];
	int r;

	if (!body)
		return NULL;
	r = write_exposition(exporter, format, parts);
	if (r == 0 && gzip)
		r = add_gzip(body, parts);
	else if (r == 0)
		add_plain(body, parts);
	exposition_deinit(parts);
	if (r == 0)
		return body;
	http_body_release(body);
	return NULL;
}

static struct http_answer answer_metrics(
	struct exporter *exporter, const struct http_query *query, struct evbuffer *body)
{
	enum text_format format = negotiate_format(query->accept);
	bool gzip = negotiate_gzip(query->accept_encoding);
	unsigned kind = 2 * (unsigned)format + gzip;
	struct http_body *exposition = exposition_cache_get(&exporter->expositions, kind);

	if (!exposition && query->crowded)
		return (struct http_answer){.status = HTTP_ANSWER_LATER};
	if (!exposition) {
		exposition = make_body(exporter, format, gzip, query->body_bytes);
		if (!exposition)
			return text_answer(body, 503, "no memory for the exposition");
		exposition_cache_put(&exporter->expositions, kind, exposition);
	}
	return (struct http_answer){
		.status = 200,
		.shared = exposition,
		.content_type = format == TEXT_OPENMETRICS ? openmetrics_type : plain_type,
		.content_encoding = gzip ? "gzip" : NULL,
		/* Tells HTTP caches that the body depends on these request headers. */
		.extra_headers = "Vary: Accept, Accept-Encoding\r\n",
	};
}

struct http_answer routes_probe(
	const struct http_query *query, struct evbuffer *body, void *context)
{
	if (strcmp(query->path, "/healthz") == 0)
		return text_answer(body, 200, "ok");
	if (strcmp(query->path, "/readyz") == 0)
		return answer_ready(context, body);
	return (struct http_answer){0};
}

struct http_answer routes_answer(
	const struct http_query *query, struct evbuffer *body, void *context)
{
	struct http_answer answer;

	if (strcmp(query->path, "/metrics") == 0)
		return answer_metrics(context, query, body);
	answer = routes_probe(query, body, context);
	return answer.status ? answer : answer_page(context, query, body);
}
