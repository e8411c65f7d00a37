/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests when handshakes start. A simple stream replaces TLS; tests/http/ tests real TLS. */
#include <criterion/criterion.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <time.h>
#include <unistd.h>

#include "http/guard.h"
#include "support/http_fixture.h"

static unsigned begun;

static struct bufferevent *stream_new(
	struct http_guard *guard, struct event_base *event_base, int fd)
{
	(void)guard;
	begun++;
	return bufferevent_socket_new(event_base, fd, 0);
}

static struct http_guard guard = {
	.tls = true,
	.stream_new = stream_new,
	.stream_free = bufferevent_free,
};

static void start_secure(unsigned connections)
{
	struct http_limits l = http_default_limits;

	l.connections = connections;
	start(l);
	http_server_set_guard(server, &guard);
}

/* Silent clients have no handshake yet. The server closes them before clients that have started
 * one. */
Test(http_handshake, silent_clients_are_closed_first)
{
	int shaking, silent[20];

	start_secure(4);
	shaking = client_open("hello");
	while (begun == 0)
		turn();
	for (unsigned i = 0; i < 20; i++) {
		silent[i] = client_open("");
		turns(20);
	}
	for (unsigned i = 0; i < 17; i++)
		client_wait_closed(silent[i]);
	cr_assert_not(client_is_closed(shaking));
	cr_assert_eq(begun, 1);
	stop();
}

Test(http_handshake, one_handshake_starts_in_a_turn)
{
	start_secure(30);
	for (unsigned i = 0; i < 20; i++)
		client_open("hello");
	for (unsigned before = 0; begun < 20; before = begun) {
		event_base_loop(base, EVLOOP_ONCE);
		cr_assert_leq(begun, before + 1);
	}
	stop();
}

/*
 * Queues twenty clients after one whose handshake step took a minute of CPU time, which causes the
 * longest pause. Returns the first of the twenty.
 */
static int queue_after_a_step(unsigned connections)
{
	int first;

	start_secure(connections);
	first = client_open("hello");
	while (begun == 0)
		turn();
	guard.stepped_cb(guard.service, 60 * 1000000);
	for (unsigned i = 0; i < 20; i++)
		client_open("hello");
	turns(100);
	return first;
}

Test(http_handshake, pauses_after_a_step)
{
	queue_after_a_step(30);
	cr_assert_eq(begun, 1);
	cr_assert_eq(http_server_counts(server)->current_connections, 21);
	stop();
}

/* All handshakes have started. A pause does not delay their next steps. */
Test(http_handshake, one_handshake_continues_in_a_turn)
{
	start_secure(30);
	cr_assert(guard.may_step_cb(guard.service));
	guard.stepped_cb(guard.service, 60 * 1000000);
	cr_assert_not(guard.may_step_cb(guard.service));
	turn();
	cr_assert(guard.may_step_cb(guard.service));
	stop();
}

/* A client can influence how long a step takes, so the pause has a limit. */
Test(http_handshake, the_pause_has_a_limit)
{
	time_t end = time(NULL) + PATIENCE_S;

	queue_after_a_step(30);
	for (; begun == 1; turn())
		cr_assert_lt(time(NULL), end);
	stop();
}

/* If no more connections fit, a client in the queue keeps its place, and new clients wait. */
Test(http_handshake, closes_no_client_in_the_queue)
{
	int first = queue_after_a_step(4);

	cr_assert_not(client_is_closed(first));
	cr_assert_eq(http_server_counts(server)->shed, 0);
	cr_assert_eq(http_server_counts(server)->current_connections, 4);
	stop();
}
