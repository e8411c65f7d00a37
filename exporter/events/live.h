/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * /events: sends a line of JSON, or a server-sent event, for each event as soon as it is counted.
 *
 * A reader gets status lines, too, which are the lines with a member "lost". If the buffer of a
 * reader has no room for a line, the line is lost for this reader, and the next status line says how
 * many were lost. Nothing waits for a reader.
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
/* Call this after the HTTP server was freed, because that closes the readers. Accepts NULL. */
void live_free(struct live *live);

/* Answers a request for /events: the feed, filtered by the query. */
struct http_answer live_answer(struct live *live, const struct http_query *query);

/* Sends an event that has a line to the readers whose filter it matches. */
void live_take(struct live *live, const struct wire_event *event, uint64_t real_ns,
	const struct event_names *names);

/* Call this once a second. It sends status lines to readers that get no other lines. */
void live_second(struct live *live, bool collector_up);

unsigned live_readers(const struct live *live);
/* Returns how many lines readers have lost. */
uint64_t live_lost(const struct live *live);

#endif
