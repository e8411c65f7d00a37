/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "http/admission.h"

#include <event2/event.h>
#include <sys/ioctl.h>
#include <time.h>

#include "http/connection.h"

/*
 * The clock for what the peers do ticks at most once in a turn of the loop, so what holds up the
 * loop is nobody's delay.
 */
#define TICK_MS 10

/*
 * What is taken shows 64 KiB at a time (see UNSENT_BYTES of http_server.c), so this stands for
 * 640 KiB/s, and for the round trip to another continent.
 */
#define STALLED_TICKS (100 / TICK_MS)

/* For the request to follow the connection, with a client that has to share its processor. */
#define SILENT_MS 10

static uint64_t admission_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

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
	service->output_bytes += c->phase == HTTP_WRITING ? c->response_bytes : 0;
	c->turn = service->turn;
	c->tick = service->ticks;
	c->since_ms = admission_now_ms();
	if (c->phase == HTTP_WRITING && !evtimer_pending(service->tick, NULL))
		evtimer_add(service->tick, &(struct timeval){.tv_usec = TICK_MS * 1000});
}

void http_service_unlink(struct http_connection *c)
{
	struct http_service *service = c->service;

	TAILQ_REMOVE(&service->phases[c->phase], c, link);
	service->in_phase[c->phase]--;
	service->output_bytes -= c->phase == HTTP_WRITING ? c->response_bytes : 0;
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

/* The turn that a connection came in may go on; in the next one it is read from. */
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

/* Whether not even the kernel has a byte of it, and it had the time to send some. */
static bool is_silent(const struct http_connection *c)
{
	int bytes = 0;

	return is_read(c) && admission_now_ms() - c->since_ms >= SILENT_MS &&
	       !(ioctl(c->fd, FIONREAD, &bytes) == 0 && bytes > 0);
}

/* Who has stopped taking his response, if there is nobody else or they are more than half. */
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
 * Only with TLS can a quick client be among those who are sending, for its handshake takes some round
 * trips. Without, all of these go before who may just be about to send.
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
	return service->output_bytes + service->body_bytes < service->limits.output_bytes;
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
