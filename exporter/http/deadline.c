/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* How long a connection may stay in each phase. */
#include <event2/event.h>

#include "http/connection.h"

/* See LINGER_BYTES in connection.c. */
#define LINGER_SECONDS 2

/* An announced timeout is limited: the exposition stays in memory that long. */
static unsigned response_seconds(const struct http_connection *c)
{
	const struct http_limits *limits = &c->service->limits;
	unsigned seconds = c->request.timeout_seconds;

	if (seconds > limits->scrape_seconds)
		seconds = limits->scrape_seconds;
	return seconds > limits->response_seconds ? seconds : limits->response_seconds;
}

void http_connection_enter(struct http_connection *c, enum http_phase phase)
{
	const struct http_limits *limits = &c->service->limits;
	const struct timeval deadlines[HTTP_PHASES] = {
		[HTTP_NEW] = {.tv_sec = limits->idle_seconds},
		[HTTP_QUEUING] = {.tv_sec = limits->request_seconds},
		[HTTP_READING] = {.tv_sec = limits->request_seconds},
		[HTTP_CHECKING] = {.tv_sec = limits->response_seconds},
		[HTTP_WAITING] = {.tv_sec = limits->response_seconds},
		[HTTP_WRITING] = {.tv_sec = limits->response_seconds},
		[HTTP_LINGERING] = {.tv_sec = LINGER_SECONDS},
		[HTTP_IDLE] = {.tv_sec = limits->idle_seconds},
	};

	http_service_move(c, phase);
	evtimer_add(c->deadline, &deadlines[phase]);
	if (phase == HTTP_WRITING)
		c->end_ms = c->since_ms + 1000ull * response_seconds(c);
}

void http_connection_progress(struct http_connection *c)
{
	uint64_t ms = 1000ull * c->service->limits.response_seconds, left_ms;
	struct timeval rest;

	http_service_move(c, c->phase);
	left_ms = c->end_ms > c->since_ms ? c->end_ms - c->since_ms : 0;
	if (left_ms < ms)
		ms = left_ms;
	rest = (struct timeval){(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
	evtimer_add(c->deadline, &rest);
}
