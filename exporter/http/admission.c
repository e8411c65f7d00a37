/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "http/admission.h"

#include <event2/event.h>

#include "common/clock.h"
#include "http/body.h"
#include "http/connection.h"
#include "http/following.h"

/* The time in which a client must send its first byte. A busy client needs some milliseconds. */
#define SILENT_MS 10

/*
 * The time in which a client must receive a part of its response. Progress is visible in steps of
 * 64 KiB (UNSENT_BYTES in http_server.c), so a client must receive 640 KiB/s. The time suffices for
 * a round trip to another continent.
 */
#define STALLED_MS 100

/*
 * A client that receives 640 KiB/s needs half a minute for an exposition of 20 MiB. Meanwhile the
 * scrapes of waiting clients would time out. If a request has waited for this time, a client that
 * has been receiving for this time is closed, too.
 */
#define PATIENCE_MS(limits) ((limits).response_seconds * 500)

/*
 * Like STALLED_MS, for a reader of a feed. Such a reader, for example a terminal, may pause longer.
 */
#define STALLED_READER_MS 1000

void http_service_link(struct http_connection *c)
{
	struct http_connections *phase = &c->service->phases[c->phase];

	/* After its last response, a connection is closed before all others. */
	if (c->phase == HTTP_IDLE && c->last)
		TAILQ_INSERT_HEAD(phase, c, link);
	else
		TAILQ_INSERT_TAIL(phase, c, link);
	c->service->in_phase[c->phase]++;
	c->since_ms = clock_ms(CLOCK_MONOTONIC);
	http_service_wake(c->service);
}

void http_service_unlink(struct http_connection *c)
{
	TAILQ_REMOVE(&c->service->phases[c->phase], c, link);
	c->service->in_phase[c->phase]--;
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

void http_service_wake(struct http_service *service)
{
	if (evtimer_pending(service->serve, NULL))
		evtimer_add(service->serve, &(struct timeval){0});
}

/*
 * Whether the connection has waited for `ms`. The current time is not used: if the loop was
 * blocked, it may not have read bytes that have arrived.
 */
static bool has_waited(const struct http_connection *c, unsigned ms)
{
	return c->service->served_ms >= c->since_ms + ms;
}

/* Whether the connection has waited long enough to be closed for a new connection. */
static bool may_be_shed(const struct http_connection *c)
{
	switch (c->phase) {
	case HTTP_SILENT:
		return has_waited(c, SILENT_MS);
	case HTTP_WAITING:
		return false;
	case HTTP_READING:
		return has_waited(c, STALLED_MS);
	case HTTP_FOLLOWING:
		return http_following_owes(c) && has_waited(c, STALLED_READER_MS);
	case HTTP_IDLE: /* the kernel may still have a part of the response */
		return has_waited(c, STALLED_MS) || !http_connection_undelivered(c);
	default:
		return true;
	}
}

/*
 * Returns the number of connections in a phase. Of clients that read a response, only those that
 * have stopped are counted. Of silent clients, only those that have exceeded SILENT_MS are counted.
 * With TLS, all silent clients are counted. Otherwise HTTP_ASKING could be the largest phase. Fast
 * clients are often in that phase, because a handshake takes several round trips.
 */
static unsigned phase_size(const struct http_service *service, enum http_phase phase)
{
	bool tls = service->guard && service->guard->tls;
	const struct http_connection *c;
	unsigned count = 0;

	if (phase != HTTP_READING && (phase != HTTP_SILENT || tls))
		return service->in_phase[phase];
	TAILQ_FOREACH (c, &service->phases[phase], link)
		count += may_be_shed(c);
	return count;
}

struct http_connection *http_service_to_shed(const struct http_service *service)
{
	enum http_phase largest = HTTP_SILENT;
	unsigned most = 0;
	struct http_connection *c;

	for (enum http_phase phase = 0; phase < HTTP_FOLLOWING; phase++) {
		unsigned size = phase_size(service, phase);

		if (size >= most) {
			largest = phase;
			most = size;
		}
	}
	TAILQ_FOREACH (c, &service->phases[largest], link)
		if (may_be_shed(c))
			return c;
	return NULL;
}

struct http_connection *http_service_stalled_reader(const struct http_service *service)
{
	struct http_connection *c;

	TAILQ_FOREACH (c, &service->phases[HTTP_FOLLOWING], link)
		if (may_be_shed(c))
			return c;
	return NULL;
}

static bool is_overdue(const struct http_service *service)
{
	const struct http_connection *next = http_service_next(service, false);

	return next && has_waited(next, PATIENCE_MS(service->limits));
}

static struct http_connection *oldest_reader(const struct http_service *service)
{
	uint64_t written_ms = service->served_ms - PATIENCE_MS(service->limits);
	struct http_connection *c, *oldest = NULL;

	TAILQ_FOREACH (c, &service->phases[HTTP_READING], link)
		if (c->body && c->body->written_ms <= written_ms) {
			written_ms = c->body->written_ms;
			oldest = c;
		}
	return oldest;
}

struct http_connection *http_service_to_free(const struct http_service *service)
{
	struct http_connection *c;

	TAILQ_FOREACH (c, &service->phases[HTTP_READING], link)
		if (c->body && may_be_shed(c))
			return c;
	return is_overdue(service) ? oldest_reader(service) : NULL;
}

bool http_service_has_room(const struct http_service *service)
{
	return http_body_total() < service->limits.output_bytes;
}

bool http_service_admits(const struct http_connection *c)
{
	const struct http_connection *next = http_service_next(c->service, false);

	return http_service_has_room(c->service) && (!next || next == c) &&
	       !evtimer_pending(c->service->wrote, NULL);
}

struct http_connection *http_service_next(const struct http_service *service, bool handshake)
{
	struct http_connection *c;

	TAILQ_FOREACH (c, &service->phases[HTTP_WAITING], link)
		if (!c->attempt && handshake == !c->stream)
			return c;
	return NULL;
}
