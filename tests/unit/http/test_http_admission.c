/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests which connection the server closes to make room (SECURITY.md, "HTTP"). The test sets the
 * times. */
#include <criterion/criterion.h>
#include <event2/event.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/body.h"
#include "http/connection.h"

#define MANY 8
#define NOW_MS 1000000 /* the server has read all earlier bytes */

static struct http_connection connections[MANY];
static unsigned used;
static struct http_service service;
static struct http_guard guard;

static void serve_nothing_cb(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what, (void)context;
}

static void init(void)
{
	service.base = event_base_new();
	service.serve = evtimer_new(service.base, serve_nothing_cb, NULL);
	service.wrote = evtimer_new(service.base, serve_nothing_cb, NULL);
	service.served_ms = NOW_MS;
	for (unsigned phase = 0; phase < HTTP_PHASES; phase++)
		TAILQ_INIT(&service.phases[phase]);
}

static void deinit(void)
{
	event_free(service.serve);
	event_free(service.wrote);
	event_base_free(service.base);
}

/* Adds a connection that entered the phase `ms` before NOW_MS. The kernel holds no part of a
 * response. */
static struct http_connection *add(enum http_phase phase, unsigned ms)
{
	struct http_connection *c = &connections[used++];

	cr_assert_leq(used, MANY);
	*c = (struct http_connection){.service = &service, .phase = phase, .fd = -1};
	http_service_link(c);
	c->since_ms = NOW_MS - ms;
	return c;
}

TestSuite(http_admission, .init = init, .fini = deinit);

Test(http_admission, closes_the_connection_that_waited_longest)
{
	struct http_connection *first = add(HTTP_ASKING, 20), *second = add(HTTP_ASKING, 10);

	add(HTTP_IDLE, 1000);
	cr_assert_eq(http_service_to_shed(&service), first);
	http_service_move(first, HTTP_IDLE);
	http_service_move(first, HTTP_ASKING);
	cr_assert_eq(http_service_to_shed(&service), second);
}

Test(http_admission, prefers_the_last_of_equal_groups)
{
	struct http_connection *idle;

	add(HTTP_SILENT, 1000);
	add(HTTP_ASKING, 1000);
	idle = add(HTTP_IDLE, 1000);
	cr_assert_eq(http_service_to_shed(&service), idle);
}

Test(http_admission, closes_nothing_without_connections)
{
	cr_assert_eq(http_service_to_shed(&service), NULL);
	cr_assert_eq(http_service_to_free(&service), NULL);
}

/* A client has 10 ms to send something. It does not count before they have passed. */
Test(http_admission, closes_silent_clients_after_their_time)
{
	struct http_connection *asking;

	add(HTTP_SILENT, 9);
	cr_assert_eq(http_service_to_shed(&service), NULL);
	asking = add(HTTP_ASKING, 0);
	add(HTTP_SILENT, 9);
	cr_assert_eq(http_service_to_shed(&service), asking);
	connections[0].since_ms--;
	connections[2].since_ms--;
	cr_assert_eq(http_service_to_shed(&service), &connections[0]);
}

/* With TLS, silent clients count at once, but are not closed during their 10 ms. */
Test(http_admission, counts_all_silent_clients_with_tls)
{
	service.guard = &guard;
	guard.tls = true;
	add(HTTP_SILENT, 0);
	add(HTTP_SILENT, 0);
	add(HTTP_ASKING, 1000);
	cr_assert_eq(http_service_to_shed(&service), NULL);
	guard.tls = false;
	cr_assert_eq(http_service_to_shed(&service), &connections[2]);
}

/* A request that waits for the exporter is not closed, even in the largest group. */
Test(http_admission, closes_no_request_that_waits_for_the_exporter)
{
	add(HTTP_WAITING, 10000);
	add(HTTP_WAITING, 10000);
	add(HTTP_ASKING, 10000);
	cr_assert_eq(http_service_to_shed(&service), NULL);
}

/* A client that receives its response counts after it has read nothing for 100 ms. */
Test(http_admission, closes_clients_that_stopped_reading)
{
	struct http_connection *asking, *stopped;

	add(HTTP_READING, 99);
	stopped = add(HTTP_READING, 99);
	asking = add(HTTP_ASKING, 0);
	cr_assert_eq(http_service_to_shed(&service), asking);
	stopped->since_ms--;
	cr_assert_eq(http_service_to_shed(&service), stopped);
}

/* To free memory, the server closes only clients that have a body and do not read. */
Test(http_admission, frees_the_body_of_a_client_that_stopped_reading)
{
	static struct http_body body;
	struct http_connection *c;

	add(HTTP_READING, 1000);
	c = add(HTTP_READING, 99);
	c->body = &body;
	cr_assert_eq(http_service_to_free(&service), NULL);
	c->since_ms--;
	cr_assert_eq(http_service_to_free(&service), c);
}

/* A connection that had its last response is closed before other idle connections. */
Test(http_admission, closes_connections_after_their_last_response_first)
{
	struct http_connection *last;

	add(HTTP_IDLE, 1000);
	last = add(HTTP_WAITING, 500);
	last->last = true;
	http_service_move(last, HTTP_IDLE);
	last->since_ms = NOW_MS - 500;
	cr_assert_eq(http_service_to_shed(&service), last);
}

/* The kernel has 100 ms to deliver the rest of a response to an idle client. */
Test(http_admission, lets_the_end_of_a_response_arrive)
{
	struct http_connection *c = add(HTTP_IDLE, 99);
	int pair[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	c->fd = pair[0];
	cr_assert_eq(write(c->fd, "end", 3), 3);
	cr_assert_eq(http_service_to_shed(&service), NULL);
	c->since_ms--;
	cr_assert_eq(http_service_to_shed(&service), c);
	c->since_ms++;
	cr_assert_eq(read(pair[1], &(char[3]){0}, 3), 3);
	cr_assert_eq(http_service_to_shed(&service), c,
		"a delivered response still protects its client");
	close(pair[0]);
	close(pair[1]);
}

/* A request may use the room for bodies only if no other request has waited longer. */
Test(http_admission, admits_requests_in_order)
{
	struct http_connection *first = add(HTTP_WAITING, 2), *second = add(HTTP_WAITING, 1),
			       *asking = add(HTTP_ASKING, 3);

	service.limits.output_bytes = 1;
	first->stream = second->stream = (struct bufferevent *)&service; /* any pointer */
	cr_assert(http_service_admits(first));
	cr_assert(!http_service_admits(second) && !http_service_admits(asking));
	first->attempt = (struct http_attempt *)&service; /* waits for its password check */
	cr_assert(http_service_admits(second));
	evtimer_add(service.wrote, &(struct timeval){0}); /* this turn has written a body */
	cr_assert(!http_service_admits(second));
	evtimer_del(service.wrote);
	service.limits.output_bytes = 0;
	cr_assert(!http_service_admits(second));
}

/* A connection without a stream waits for its handshake. Others wait for room. */
Test(http_admission, separates_handshakes_from_requests)
{
	struct http_connection *handshake = add(HTTP_WAITING, 2), *request = add(HTTP_WAITING, 1);

	request->stream = (struct bufferevent *)&service;
	cr_assert_eq(http_service_next(&service, true), handshake);
	cr_assert_eq(http_service_next(&service, false), request);
}

Test(http_admission, counts_responses_by_their_class)
{
	static const int statuses[] = {200, 304, 399, 400, 421, 499, 500, 503};

	for (unsigned i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		http_service_count(&service, statuses[i]);
	cr_assert_eq(service.counts.responses_2xx, 3);
	cr_assert_eq(service.counts.responses_4xx, 3);
	cr_assert_eq(service.counts.responses_5xx, 2);
}

/* In the next turn of the event loop the server serves a waiting request or connection. */
Test(http_admission, wakes_the_server_that_waits)
{
	struct timeval due, soon;

	http_service_wake(&service);
	cr_assert(!evtimer_pending(service.serve, NULL),
		"the server was woken although nothing waits");
	evtimer_add(service.serve, &(struct timeval){.tv_sec = 1000});
	http_service_wake(&service);
	cr_assert(evtimer_pending(service.serve, &due));
	event_base_gettimeofday_cached(service.base, &soon);
	cr_assert_lt(due.tv_sec, soon.tv_sec + 100);
}
