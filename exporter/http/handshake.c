/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "http/handshake.h"

#include <event2/event.h>

#include "common/clock.h"
#include "http/connection.h"

/*
 * A handshake step that used t of CPU time delays the next handshake by SHARE * t. Therefore
 * handshakes use at most 1/SHARE of a CPU.
 */
#define SHARE 5

/* Maximum credit of unused delay, which allows handshakes 20 ms of CPU time at once. */
#define CREDIT_US (SHARE * 20000)

/*
 * The longest delay of new connections. If the second steps of all 64 connections are due at once,
 * with 3 ms each, they cause about this delay.
 */
#define PAUSE_MAX_US 1000000

/*
 * Starts the next handshake. Another may start in the next turn, when the cost of this one is
 * known.
 */
static void begin_next(struct http_service *service)
{
	struct http_connection *next = http_service_next(service, true);

	if (!next || evtimer_pending(service->pause, NULL))
		return;
	evtimer_add(service->pause, &(struct timeval){0});
	http_connection_start_tls(next);
}

void http_handshake_queue(struct http_connection *c)
{
	struct http_service *service = c->service;

	http_connection_enter(c, HTTP_ASKING); /* sets one deadline for handshake and request */
	http_service_move(c, HTTP_WAITING);
	begin_next(service);
}

bool http_handshake_may_step(void *context)
{
	const struct http_service *service = context;

	return !evtimer_pending(service->step, NULL);
}

void http_handshake_stepped(void *context, uint64_t cpu_us)
{
	struct http_service *service = context;
	uint64_t now = clock_us(CLOCK_MONOTONIC), us;
	struct timeval pause;

	if (service->resume_us + CREDIT_US < now)
		service->resume_us = now - CREDIT_US;
	service->resume_us += SHARE * cpu_us;
	if (service->resume_us > now + PAUSE_MAX_US)
		service->resume_us = now + PAUSE_MAX_US;
	us = service->resume_us > now ? service->resume_us - now : 0;
	pause = (struct timeval){(time_t)(us / 1000000), (suseconds_t)(us % 1000000)};
	evtimer_add(service->pause, &pause);
	evtimer_add(service->step, &(struct timeval){0});
}

void http_handshake_pause_ended_cb(evutil_socket_t none, short what, void *context)
{
	(void)none, (void)what;
	begin_next(context);
}
