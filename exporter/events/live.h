/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * /events: a line of JSON for each event, or a server-sent event, as soon as it is counted.
 *
 * Lines without room in the buffer of a reader are lost for this reader, which gets their number in
 * the next line. Nothing waits for a reader. Every line that is not an event has a member "lost".
 */
#ifndef REXMIT_LIVE_H
#define REXMIT_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "events/event_line.h"
#include "http/handler.h"

struct live;

/* Returns 0 or -ENOMEM. `networks` says whether networks have names. */
int live_new(struct live **live, bool networks);
/* To be called when the server is gone, and with it the readers. Accepts NULL. */
void live_free(struct live *live);

/* The answer for /events, with the labels of the query. It names the feed. */
struct http_answer live_answer(struct live *live, const struct http_query *query);

/* Sends an event that has a line to the readers whose filter it matches. */
void live_take(struct live *live, const struct wire_event *event, uint64_t real_ns,
	const struct event_names *names);

/* To be called once a second: silent readers get a line from time to time. */
void live_second(struct live *live, bool collector_up);

unsigned live_readers(const struct live *live);
/* Returns how many lines readers have lost. */
uint64_t live_lost(const struct live *live);

#endif
