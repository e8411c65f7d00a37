/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "routes.h"

#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exporter.h"
#include "log.h"
#include "page.h"
#include "version.h"

static const char plain[] = "text/plain; charset=utf-8";

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

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static struct http_answer text_answer(struct evbuffer *body, int status, const char *text)
{
	evbuffer_add(body, text, strlen(text));
	evbuffer_add(body, "\n", 1);
	return (struct http_answer){.status = status, .content_type = plain};
}

static struct http_answer answer_home(struct evbuffer *body)
{
	evbuffer_add_reference(body, home, strlen(home), NULL, NULL);
	return (struct http_answer){.status = 200, .content_type = "text/html; charset=utf-8"};
}

static struct http_answer answer_ready(struct exporter *exporter, struct evbuffer *body)
{
	bool up = link_state(exporter->link) == LINK_UP;

	return text_answer(body, up ? 200 : 503, link_describe(exporter->link));
}

static void write_page(struct exporter *exporter, struct text *text)
{
	struct page page = {
		.stream = &exporter->stream,
		.http = http_server_statistics(exporter->http),
		.version = REXMIT_VERSION,
		.collector_up = link_state(exporter->link) == LINK_UP,
		.collector_connects = link_connects(exporter->link),
		.log_lines_lost = log_lost(),
		.scrape_ns = exporter->scrape_ns,
		.scrape_bytes = exporter->scrape_bytes,
	};
	uint64_t begin_ns = now_ns();

	process_measure(exporter->process, &page.process);
	page_write(text, &page);
	exporter->scrape_ns = now_ns() - begin_ns;
	exporter->scrape_bytes = text->length;
}

static void free_page_cb(const void *data, size_t length, void *context)
{
	(void)length;
	(void)context;
	free((void *)data);
}

static struct http_answer answer_metrics(struct exporter *exporter, struct evbuffer *body)
{
	struct text text;

	/* A little more than the last page, so that this one is not moved while it grows. */
	text_init(&text, TEXT_PLAIN, exporter->scrape_bytes + exporter->scrape_bytes / 8 + 4096);
	write_page(exporter, &text);
	if (text.failed ||
		evbuffer_add_reference(body, text.data, text.length, free_page_cb, NULL) < 0) {
		text_deinit(&text);
		return text_answer(body, 503, "no memory for the page");
	}
	return (struct http_answer){
		.status = 200, .content_type = "text/plain; version=0.0.4; charset=utf-8"};
}

struct http_answer routes_answer(
	const struct http_query *query, struct evbuffer *body, void *context)
{
	if (strcmp(query->path, "/metrics") == 0)
		return answer_metrics(context, body);
	if (strcmp(query->path, "/healthz") == 0)
		return text_answer(body, 200, "ok");
	if (strcmp(query->path, "/readyz") == 0)
		return answer_ready(context, body);
	if (strcmp(query->path, "/") == 0)
		return answer_home(body);
	return (struct http_answer){0};
}
