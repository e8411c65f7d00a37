/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "routes.h"

#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "exporter.h"
#include "metrics/exposition.h"
#include "text/negotiate.h"
#include "text/output.h"
#include "ui/web_files.h"
#include "version.h"

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
	"<li><a href=\"/events\">/events</a>: each event, as it happens</li>\n"
	"<li><a href=\"/healthz\">/healthz</a>: whether this exporter runs</li>\n"
	"<li><a href=\"/readyz\">/readyz</a>: whether a collector is connected to it</li>\n"
	"</ul>\n"
	"</body>\n"
	"</html>";

/*
 * Answers with the page at /, its files and its data. With --web.disable-page, / is a plain index.
 */
static struct http_answer answer_page(struct exporter *exporter, const struct http_query *query)
{
	struct http_answer answer = {.status = 404};

	if (!exporter->options.disable_page) {
		answer = web_answer(query);
		return answer.status != 404 ? answer : api_answer(&exporter->api, query);
	}
	if (strcmp(query->path, "/") == 0)
		answer = (struct http_answer){
			.status = 200, .text = home, .content_type = "text/html; charset=utf-8"};
	return answer;
}

static struct http_answer answer_ready(struct exporter *exporter)
{
	bool up = link_state(exporter->link) == LINK_UP;

	return (struct http_answer){
		.status = up ? 200 : 503, .text = link_describe(exporter->link)};
}

static int write_exposition(
	struct exporter *exporter, enum text_format format, struct text parts[EXPOSITION_PARTS])
{
	const struct own_counts own = {
		.http = *http_server_counts(exporter->http),
		.log_lines_lost = log_lost(),
		.event_lines_lost = exporter->printer ? printer_lost(exporter->printer) : 0,
		.reader_lines_lost = exporter->live ? live_lost(exporter->live) : 0,
	};
	struct exposition exposition = {
		.stream = &exporter->stream,
		.http = &exporter->own.counts->http,
		.guard = exporter->guard,
		.version = REXMIT_VERSION,
		.collector_up = link_state(exporter->link) == LINK_UP,
		.created = exporter->options.created,
		.event_readers = exporter->live ? live_readers(exporter->live) : 0,
		.scrape_ns = exporter->scrape_ns,
		.scrape_bytes = exporter->scrape_bytes,
	};
	uint64_t begin_ns = clock_ns(CLOCK_MONOTONIC);
	int r;

	own_counts_update(&exporter->own, &own);
	exposition.log_lines_lost = exporter->own.counts->log_lines_lost;
	exposition.event_lines_lost = exporter->own.counts->event_lines_lost;
	exposition.reader_lines_lost = exporter->own.counts->reader_lines_lost;
	process_measure(exporter->process, &exposition.process);
	r = exposition_write(parts, format, &exposition);
	exporter->scrape_ns = clock_ns(CLOCK_MONOTONIC) - begin_ns;
	exporter->scrape_bytes = exposition_size(parts);
	return r;
}

/* Returns the index in `expositions`. write_metrics() derives the format and `gzip` from it. */
static unsigned exposition_kind(enum text_format format, bool gzip)
{
	return 2 * (unsigned)format + gzip;
}

static int write_metrics(struct http_source *source, struct evbuffer *body)
{
	struct exporter *exporter = source->context;
	unsigned kind = (unsigned)(source - exporter->expositions);
	struct text parts[EXPOSITION_PARTS];
	int r = write_exposition(exporter, kind / 2, parts);

	if (r == 0)
		r = output_texts(body, parts, EXPOSITION_PARTS, kind % 2);
	exposition_deinit(parts);
	return r;
}

int routes_init(struct exporter *exporter)
{
	for (unsigned kind = 0; kind < EXPOSITION_KINDS; kind++)
		exporter->expositions[kind] = (struct http_source){
			.write = write_metrics,
			.context = exporter,
			.shared_ms = EXPOSITION_SHARED_MS,
		};
	api_init(&exporter->api, &(struct api_sources){
					 .stream = &exporter->stream,
					 .history = exporter->history,
					 .audit = &exporter->audit,
					 .link = exporter->link,
					 .process = exporter->process,
				 });
	return 0;
}

static struct http_answer answer_metrics(struct exporter *exporter, const struct http_query *query)
{
	enum text_format format = negotiate_format(query->accept);
	bool gzip = negotiate_gzip(query->accept_encoding);

	return (struct http_answer){
		.status = 200,
		.source = &exporter->expositions[exposition_kind(format, gzip)],
		.content_type = format == TEXT_OPENMETRICS ? openmetrics_type : plain_type,
		.content_encoding = gzip ? "gzip" : NULL,
		/* For HTTP caches: the body depends on these request headers. */
		.extra_headers = "Vary: Accept, Accept-Encoding\r\n",
	};
}

struct http_answer routes_probe(const struct http_query *query, void *context)
{
	if (strcmp(query->path, "/healthz") == 0)
		return (struct http_answer){.status = 200, .text = "ok"};
	if (strcmp(query->path, "/readyz") == 0)
		return answer_ready(context);
	return (struct http_answer){.status = 404};
}

struct http_answer routes_answer(const struct http_query *query, void *context)
{
	struct exporter *exporter = context;
	struct http_answer answer;

	if (strcmp(query->path, "/metrics") == 0)
		return answer_metrics(context, query);
	if (strcmp(query->path, "/events") == 0 && exporter->live)
		return live_answer(exporter->live, query);
	answer = routes_probe(query, context);
	return answer.status != 404 ? answer : answer_page(context, query);
}
