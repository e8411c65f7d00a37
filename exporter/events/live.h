/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * /events: sends a line of JSON, or a server-sent event, for each counted event.
 *
 * If the buffer of a reader has no room for a line, the line is lost for this reader. Status lines
 * have the number of lost lines, as member "lost". Nothing waits for a reader.
 */
#ifndef REXMIT_LIVE_H
#define REXMIT_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "events/event_line.h"
#include "http/handler.h"

struct live;

/* `networks`: whether networks have names. Returns 0 or -ENOMEM. */
int live_new(struct live **live, bool networks);
/* Call this after http_server_free(), which closes the readers. Accepts NULL. */
void live_free(struct live *live);

/* Answers a request for /events with the feed, filtered by the query. */
struct http_answer live_answer(struct live *live, const struct http_query *query);

/* Sends an event to the readers whose filter the event matches, if event_has_line(). */
void live_take(struct live *live, const struct wire_event *event, uint64_t real_ns,
	const struct event_names *names);

/* Sends status lines to readers that get no other lines. Call this once a second. */
void live_second(struct live *live, bool collector_up);

unsigned live_readers(const struct live *live);
/* Returns the number of lines that all readers have lost. */
uint64_t live_lost(const struct live *live);

#endif
