/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "http/admission.h"

#include <event2/event.h>
#include <sys/ioctl.h>

#include "common/clock.h"
#include "http/body.h"
#include "http/connection.h"

/*
 * The clock for the progress of peers. It ticks at most once in a turn of the loop, so that peers
 * do not look stalled while the loop is blocked.
 */
#define TICK_MS 10

/*
 * Progress shows in steps of 64 KiB (see UNSENT_BYTES in http_server.c), so this requires 640
 * KiB/s. It also allows for the round trip to another continent.
 */
#define STALLED_TICKS (100 / TICK_MS)

/* The time that a request may take to follow its connection, on a busy client. */
#define SILENT_MS 10

static struct http_connection *first_in_phase(
	const struct http_service *service, enum http_phase phase)
{
	return TAILQ_FIRST(&service->phases[phase]);
}

unsigned http_service_owed(const struct http_service *service)
{
	const unsigned *in_phase = service->in_phase;

	return in_phase[HTTP_WAITING] + in_phase[HTTP_WRITING] + in_phase[HTTP_DRAINING];
}

void http_service_link(struct http_connection *c)
{
	struct http_service *service = c->service;

	TAILQ_INSERT_TAIL(&service->phases[c->phase], c, link);
	service->in_phase[c->phase]++;
	c->turn = service->turn;
	c->tick = service->ticks;
	c->since_ms = clock_ms(CLOCK_MONOTONIC);
	if (c->phase == HTTP_WRITING && !evtimer_pending(service->tick, NULL))
		evtimer_add(service->tick, &(struct timeval){.tv_usec = TICK_MS * 1000});
}

void http_service_unlink(struct http_connection *c)
{
	struct http_service *service = c->service;

	TAILQ_REMOVE(&service->phases[c->phase], c, link);
	service->in_phase[c->phase]--;
}

void http_service_move(struct http_connection *c, enum http_phase phase)
{
	http_service_unlink(c);
	c->phase = phase;
	http_service_link(c);
}

void http_service_count(struct http_service *service, int status)
{
	if (status >= 500)
		service->counts.responses_5xx++;
	else if (status >= 400)
		service->counts.responses_4xx++;
	else
		service->counts.responses_2xx++;
}

/* Whether a turn of the loop has passed in which the connection was read. */
static bool is_read(const struct http_connection *c)
{
	return c->service->turn - c->turn >= 2;
}

bool http_service_is_unread(const struct http_service *service)
{
	const struct http_connection *newest =
		TAILQ_LAST(&service->phases[HTTP_NEW], http_connections);

	return newest && !is_read(newest);
}

/* Whether the client had time to send something, but the kernel has not received a byte. */
static bool is_silent(const struct http_connection *c)
{
	int bytes = 0;

	return is_read(c) && clock_ms(CLOCK_MONOTONIC) - c->since_ms >= SILENT_MS &&
	       !(ioctl(c->fd, FIONREAD, &bytes) == 0 && bytes > 0);
}

/* A connection that stopped receiving its response, if more than half or all are owed one. */
static struct http_connection *stalled_to_shed(const struct http_service *service)
{
	const unsigned *in_phase = service->in_phase;
	struct http_connection *stalled = http_service_stalled(service, HTTP_DRAINING);
	unsigned others = in_phase[HTTP_NEW] + in_phase[HTTP_QUEUING] + in_phase[HTTP_READING] +
			  in_phase[HTTP_IDLE];

	if (others && http_service_owed(service) <= service->counts.current_connections / 2)
		return NULL;
	return stalled ? stalled : http_service_stalled(service, HTTP_WRITING);
}

/*
 * Number of connections that have not started to send, or 0 without TLS. With TLS, even fast
 * clients are found reading, because a handshake takes several round trips. Without TLS, all those
 * reading are closed before a client that may be about to send.
 */
static unsigned beginning(const struct http_service *service)
{
	bool tls = service->guard && service->guard->tls;

	return tls ? service->in_phase[HTTP_NEW] + service->in_phase[HTTP_QUEUING] : 0;
}

struct http_connection *http_service_to_shed(const struct http_service *service)
{
	unsigned idle = service->in_phase[HTTP_IDLE], reading = service->in_phase[HTTP_READING];
	struct http_connection *oldest_new = first_in_phase(service, HTTP_NEW);
	struct http_connection *stalled = stalled_to_shed(service);

	if (first_in_phase(service, HTTP_LINGERING))
		return first_in_phase(service, HTTP_LINGERING);
	if (stalled)
		return stalled;
	if (idle && idle >= reading && idle >= beginning(service))
		return first_in_phase(service, HTTP_IDLE);
	if (reading && reading >= beginning(service))
		return first_in_phase(service, HTTP_READING);
	return oldest_new && is_silent(oldest_new) ? oldest_new : NULL;
}

bool http_service_has_room(const struct http_service *service)
{
	return http_body_total() < service->limits.output_bytes;
}

bool http_service_admits(const struct http_connection *c)
{
	const struct http_connection *next = first_in_phase(c->service, HTTP_WAITING);

	return http_service_has_room(c->service) && (!next || next == c);
}

struct http_connection *http_service_stalled(
	const struct http_service *service, enum http_phase phase)
{
	struct http_connection *c = first_in_phase(service, phase);

	return c && service->ticks - c->tick >= STALLED_TICKS ? c : NULL;
}
