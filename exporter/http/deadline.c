/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The maximum time of a connection in each phase. */
#include <errno.h>
#include <event2/event.h>

#include "common/clock.h"
#include "http/connection.h"
#include "http/exchange.h"
#include "http/following.h"

/* The announced timeout is limited, because the exposition stays in memory during this time. */
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
		[HTTP_SILENT] = {.tv_sec = limits->idle_seconds},
		[HTTP_ASKING] = {.tv_sec = limits->request_seconds},
		[HTTP_WAITING] = {.tv_sec = limits->response_seconds},
		[HTTP_READING] = {.tv_sec = limits->response_seconds},
		[HTTP_FOLLOWING] = {.tv_sec = limits->response_seconds},
		[HTTP_IDLE] = {.tv_sec = c->last ? response_seconds(c) : limits->idle_seconds},
	};

	http_service_move(c, phase);
	evtimer_add(c->deadline, &deadlines[phase]);
	if (phase == HTTP_READING)
		c->end_ms = c->since_ms + 1000ull * response_seconds(c);
}

/*
 * Gives the client `response_seconds` for the next part of the response, up to the announced
 * timeout. Returns false if there is no time left.
 */
static bool reading_continues(struct http_connection *c)
{
	uint64_t due_ms = c->since_ms + 1000ull * c->service->limits.response_seconds;
	uint64_t now_ms = clock_ms(CLOCK_MONOTONIC);
	struct timeval left;

	if (due_ms > c->end_ms)
		due_ms = c->end_ms;
	if (due_ms <= now_ms)
		return false;
	left.tv_sec = (time_t)((due_ms - now_ms) / 1000);
	left.tv_usec = (suseconds_t)((due_ms - now_ms) % 1000 * 1000);
	return evtimer_add(c->deadline, &left) == 0;
}

/* Answers a request that took too long. If the result is not 0, the caller frees the connection. */
static int deadline_end(struct http_connection *c)
{
	bool asking = c->phase == HTTP_ASKING;
	bool owed = asking || c->phase == HTTP_WAITING;

	if (owed || c->phase == HTTP_READING || c->phase == HTTP_FOLLOWING ||
		http_connection_undelivered(c) > 0)
		c->service->counts.timed_out++;
	if (!owed || !c->handshake_done)
		return -ETIMEDOUT;
	if (c->attempt)
		c->service->guard->authorize_cancel(c->attempt);
	c->attempt = NULL;
	if (asking)
		return http_exchange_refuse(c, 408, NULL);
	return http_exchange_refuse(c, 503,
		"The request has waited too long, for the check of its password or for memory.");
}

void http_deadline_cb(evutil_socket_t fd, short what, void *connection)
{
	struct http_connection *c = connection;

	(void)fd, (void)what;
	if (c->phase == HTTP_FOLLOWING && http_connection_is_revoked(c)) {
		http_connection_free(c);
		return;
	}
	if (c->phase == HTTP_READING && reading_continues(c))
		return;
	if (c->phase == HTTP_FOLLOWING && http_following_continues(c))
		return;
	if (deadline_end(c))
		http_connection_free(c);
}
