/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "events/live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "events/filter.h"
#include "http/feed.h"
#include "text/json.h"
#include "text/negotiate.h"

/*
 * A reader gets a line at least this often. Proxies close a connection that is silent for a minute.
 * Without traffic, the kernel does not notice that a client's host has disappeared.
 */
#define SILENT_SECONDS 15

#define STATUS_SIZE 128

/* A server-sent event has these texts before and after its JSON. */
#define SSE_HEAD "data: "
#define SSE_STATUS "event: status\n"
#define SSE_TAIL "\n"
#define LINE_SIZE (sizeof(SSE_HEAD) + EVENT_LINE_SIZE + sizeof(SSE_TAIL))

struct reader {
	LIST_ENTRY(reader) link;
	struct live *live;
	struct http_connection *client;
	struct filter filter;
	bool sse;
	bool due;        /* whether to send a status line before the next event */
	uint64_t lost;   /* lines lost since the last status line */
	unsigned silent; /* seconds since the last line */
};

struct live {
	struct http_feed feed; /* the first member */
	LIST_HEAD(, reader) readers;
	unsigned count;
	uint64_t lost;
	bool networks, collector_up;
	/* The parameters of the current request. */
	struct filter filter;
	bool sse;
	char error[FILTER_ERROR_SIZE];
	struct text line; /* buffer for each line */
};

/* Format: https://html.spec.whatwg.org/multipage/server-sent-events.html */
static void live_write_status(struct live *live, const struct reader *reader)
{
	struct text *t = &live->line;

	t->length = 0;
	if (reader->sse)
		text_append_literal(t, SSE_STATUS SSE_HEAD);
	json_open(t, NULL, '{');
	json_number(t, "lost", reader->lost);
	json_bool(t, "collector_up", live->collector_up);
	json_close(t, '}');
	text_append_literal(t, "\n");
	if (reader->sse)
		text_append_literal(t, SSE_TAIL);
}

/* Sends a status line. Overwrites live->line. */
static void reader_send_status(struct reader *reader)
{
	struct text *t = &reader->live->line;

	live_write_status(reader->live, reader);
	if (http_feed_room(reader->client) < t->length ||
		http_feed_send(reader->client, t->data, t->length) < 0)
		return;
	reader->lost = 0;
	reader->due = false;
	reader->silent = 0;
}

static void reader_lose(struct reader *reader)
{
	reader->lost++;
	reader->live->lost++;
	reader->due = true;
}

/* Sends live->line: the whole server-sent event, or only its line of JSON. */
static void reader_send_line(struct reader *reader)
{
	const struct text *t = &reader->live->line;
	size_t head = reader->sse ? 0 : strlen(SSE_HEAD);
	size_t tail = reader->sse ? 0 : strlen(SSE_TAIL);

	if (http_feed_send(reader->client, t->data + head, t->length - head - tail) < 0)
		reader_lose(reader);
	reader->silent = 0;
}

/* Sends the status line if it is due. Returns whether there is room for an event afterwards. */
static bool reader_is_ready(struct reader *reader)
{
	if (http_feed_room(reader->client) < STATUS_SIZE + LINE_SIZE)
		return false;
	if (reader->due)
		reader_send_status(reader);
	return !reader->due;
}

static void live_write_line(struct live *live, const struct wire_event *event, uint64_t real_ns,
	const struct event_names *names)
{
	struct text *t = &live->line;

	t->length = 0;
	text_append_literal(t, SSE_HEAD);
	event_line_write(t, EVENT_JSON, event, real_ns, names);
	text_append_literal(t, SSE_TAIL);
}

void live_take(struct live *live, const struct wire_event *event, uint64_t real_ns,
	const struct event_names *names)
{
	struct reader *reader;
	bool written = false; /* whether live->line has the event */

	if (!event_has_line(event))
		return;
	LIST_FOREACH(reader, &live->readers, link)
	{
		if (!filter_matches(&reader->filter, event, names))
			continue;
		if (reader->due)
			written = false; /* the status line overwrites it */
		if (!reader_is_ready(reader)) {
			reader_lose(reader);
			continue;
		}
		if (!written)
			live_write_line(live, event, real_ns, names);
		written = true;
		reader_send_line(reader);
	}
}

static void *live_open(struct http_feed *feed, struct http_connection *client)
{
	struct live *live = (struct live *)feed;
	struct reader *reader = malloc(sizeof(*reader));

	if (!reader)
		return NULL;
	*reader = (struct reader){
		.live = live,
		.client = client,
		.filter = live->filter,
		.sse = live->sse,
		.due = true,
	};
	LIST_INSERT_HEAD(&live->readers, reader, link);
	live->count++;
	return reader;
}

static void live_written(void *context)
{
	struct reader *reader = context;

	if (reader->due)
		reader_send_status(reader);
}

static void live_close(void *context)
{
	struct reader *reader = context;

	LIST_REMOVE(reader, link);
	reader->live->count--;
	free(reader);
}

int live_new(struct live **live, bool networks)
{
	struct live *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	*l = (struct live){.feed = {live_open, live_written, live_close}, .networks = networks};
	LIST_INIT(&l->readers);
	text_init(&l->line, TEXT_PLAIN, LINE_SIZE);
	if (!l->line.data) {
		free(l);
		return -ENOMEM;
	}
	*live = l;
	return 0;
}

void live_free(struct live *live)
{
	if (!live)
		return;
	text_deinit(&live->line);
	free(live);
}

struct http_answer live_answer(struct live *live, const struct http_query *query)
{
	if (filter_parse(&live->filter, query->parameters, live->networks, live->error) < 0)
		return (struct http_answer){.status = 400, .text = live->error};
	live->sse = negotiate_event_stream(query->accept);
	return (struct http_answer){
		.status = 200,
		.feed = &live->feed,
		.content_type = live->sse ? "text/event-stream" : "application/x-ndjson",
		/* Without X-Accel-Buffering, nginx would collect lines before it sends them. */
		.extra_headers = "Cache-Control: no-store\r\n"
				 "Vary: Accept\r\n"
				 "X-Accel-Buffering: no\r\n",
	};
}

void live_second(struct live *live, bool collector_up)
{
	bool changed = collector_up != live->collector_up;
	struct reader *reader;

	live->collector_up = collector_up;
	LIST_FOREACH(reader, &live->readers, link)
	{
		reader->silent++;
		if (changed || reader->silent >= SILENT_SECONDS)
			reader->due = true;
		if (reader->due)
			reader_send_status(reader);
	}
}

unsigned live_readers(const struct live *live)
{
	return live->count;
}

uint64_t live_lost(const struct live *live)
{
	return live->lost;
}
