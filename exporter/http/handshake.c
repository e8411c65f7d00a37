/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "http/handshake.h"

#include <event2/event.h>

#include "common/clock.h"
#include "http/connection.h"

/*
 * A handshake step that used t of CPU time delays the next one by SHARE * t, so handshakes use at
 * most 1/SHARE of a CPU.
 */
#define SHARE 5

/* How much unused delay is saved up, for example on a busy host: it allows 20 ms of CPU time. */
#define CREDIT_US 100000

/*
 * The longest delay. The second steps of all connections may be due at once: 64 of 3 ms cause about
 * this delay. Other charges cannot delay new connections any longer, either.
 */
#define REST_MAX_US 1000000

/* The next handshake waits for at least one turn, after which the cost of this step is known. */
static void begin_next(struct http_service *service)
{
	struct http_connection *next = http_service_next(service, true);

	if (!next || evtimer_pending(service->rest, NULL))
		return;
	evtimer_add(service->rest, &(struct timeval){0});
	http_connection_secure(next);
}

void http_handshake_queue(struct http_connection *c)
{
	struct http_service *service = c->service;

	http_connection_enter(c, HTTP_ASKING); /* whose deadline includes the handshake */
	http_service_move(c, HTTP_WAITING);
	begin_next(service);
}

bool http_handshake_may_step(void *context)
{
	const struct http_service *service = context;

	return !evtimer_pending(service->step, NULL);
}

void http_handshake_turned_cb(evutil_socket_t none, short what, void *context)
{
	(void)none, (void)what, (void)context;
}

void http_handshake_stepped(void *context, uint64_t cpu_us)
{
	struct http_service *service = context;
	uint64_t now = clock_us(CLOCK_MONOTONIC), rest_us;
	struct timeval rest;

	if (service->rested_us + CREDIT_US < now)
		service->rested_us = now - CREDIT_US;
	service->rested_us += SHARE * cpu_us;
	if (service->rested_us > now + REST_MAX_US)
		service->rested_us = now + REST_MAX_US;
	rest_us = service->rested_us > now ? service->rested_us - now : 0;
	rest = (struct timeval){(time_t)(rest_us / 1000000), (suseconds_t)(rest_us % 1000000)};
	evtimer_add(service->rest, &rest);
	evtimer_add(service->step, &(struct timeval){0});
}

void http_handshake_rested_cb(evutil_socket_t none, short what, void *context)
{
	(void)none, (void)what;
	begin_next(context);
}
