/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Requests wait for room in the memory for responses. */
#include <criterion/criterion.h>
#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "support/http_fixture.h"

/* Two responses fit. Another request waits until the first client has stopped reading. */
Test(http_room, memory_for_responses_is_limited)
{
	struct http_limits l = http_default_limits;
	int slow[4];

	l.output_bytes = 2 * BIG_BYTES;
	start(l);
	for (unsigned i = 0; i < 4; i++) {
		slow[i] = client_open(GET("/big"));
		while (handled <= i)
			turn();
	}
	turns(10);
	expect_counts(2, 0, 2);
	for (unsigned i = 0; i < 4; i++)
		cr_assert_eq(client_drain(slow[i]), i < 2 ? -ECONNRESET : 1, "%u", i);
	stop();
}

static struct event *tick; /* runs once in each turn */
static unsigned handled_before;

/* The turns before and after this callback may each have written a body. */
static void tick_cb(evutil_socket_t none, short what, void *context)
{
	(void)none, (void)what, (void)context;
	cr_assert_leq(handled, handled_before + 2);
	handled_before = handled;
	evtimer_add(tick, &(struct timeval){0});
}

/* To write a body takes long. So no turn writes two, however many clients request one. */
Test(http_room, one_new_body_in_a_turn)
{
	int fds[8];

	start(http_default_limits);
	tick = evtimer_new(base, tick_cb, NULL);
	evtimer_add(tick, &(struct timeval){0});
	for (unsigned i = 0; i < 8; i++)
		fds[i] = client_open(GET("/page"));
	while (handled < 8)
		event_base_loop(base, EVLOOP_ONCE);
	for (unsigned i = 0; i < 8; i++)
		cr_assert_geq(client_drain(fds[i]), 0);
	expect_counts(0, 0, 8);
	event_free(tick);
	stop();
}

Test(http_room, waits_for_a_client_that_reads)
{
	struct http_limits l = http_default_limits;
	unsigned left = 8;
	int fds[8];

	l.output_bytes = 1;
	start(l);
	for (unsigned i = 0; i < left; i++)
		fds[i] = client_open("GET /big HTTP/1.0\r\n\r\n");
	while (left) {
		int r = client_drain(fds[left - 1]);

		cr_assert_geq(r, 0);
		left -= r == 0;
		for (unsigned i = 0; i < left; i++)
			cr_assert_geq(client_drain(fds[i]), 0);
		turn();
	}
	cr_assert_eq(handled, 8);
	cr_assert_eq(http_server_counts(server)->shed, 0);
	stop();
}

/* Receives a few KiB every millisecond, so a large response takes seconds. */
static void read_slowly(int fd)
{
	static struct timespec last;
	struct timespec now;
	char bytes[32 << 10];

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec == last.tv_sec && now.tv_nsec - last.tv_nsec < 1000000)
		return;
	last = now;
	recv(fd, bytes, sizeof(bytes), 0);
}

/* A client may read for long, but is closed before a request that waits for it is refused. */
Test(http_room, a_slow_client_delays_others_for_a_limited_time)
{
	struct http_limits l = http_default_limits;
	char text[16];
	int slow, other;

	l.output_bytes = 1;
	l.response_seconds = 1;
	start(l);
	slow = client_open("GET /big HTTP/1.1\r\nHost: a\r\n"
			   "X-Prometheus-Scrape-Timeout-Seconds: 60\r\n\r\n");
	while (handled == 0)
		turn();
	for (unsigned i = 0; i < 20; i++)
		turn(), read_slowly(slow);
	other = client_open("GET /page HTTP/1.0\r\n\r\n");
	while (recv(other, text, sizeof(text), 0) < 0)
		turn(), read_slowly(slow);
	cr_assert(strncmp(text, "HTTP/1.1 200", 12) == 0, "%.16s", text);
	expect_counts(1, 0, http_server_counts(server)->current_connections);
	stop();
}

/* Returns the number of bytes that have arrived. */
static size_t read_all(int fd)
{
	char bytes[4096];
	size_t size = 0;

	for (ssize_t n; (n = recv(fd, bytes, sizeof(bytes), 0)) > 0;)
		size += (size_t)n;
	return size;
}

/* A client with many requests is served after those that wait, even if it reads all responses. */
Test(http_room, the_longest_waiting_request_gets_the_room)
{
	struct http_limits l = http_default_limits;
	int greedy, patient[3], r;
	size_t size = 0;

	l.output_bytes = 1;
	start(l);
	greedy = client_open(GET("/big") GET("/big") GET("/big") GET("/big") GET("/big"));
	while (handled == 0)
		turn();
	for (unsigned i = 0; i < 3; i++)
		patient[i] = client_open("GET /big HTTP/1.0\r\n\r\n"), turns(5);
	cr_assert_eq(handled, 1);
	for (unsigned i = 0; i < 3; i++)
		for (; (r = client_drain(patient[i])) != 0; turn()) {
			cr_assert_eq(r, 1, "%u: %d", i, r);
			size += read_all(greedy);
			cr_assert(size < BIG_BYTES + 4096 || handled > 4, "request %u still waits",
				i);
		}
	stop();
}

/* Clients receive their response one after the other, and read nothing. Most of them wait too
 * long. */
Test(http_room, waiting_has_a_deadline)
{
	struct http_limits l = http_default_limits;
	time_t end = time(NULL) + PATIENCE_S;

	l.output_bytes = 1;
	l.response_seconds = 1;
	start(l);
	for (unsigned i = 0; i < 60; i++)
		client_open(GET("/big"));
	for (; http_server_counts(server)->responses_5xx < 40; turn())
		cr_assert_lt(time(NULL), end);
	cr_assert_leq(handled, 20);
	stop();
}

/* A response that exceeds the room for all responses is sent nevertheless. */
Test(http_room, one_response_always_fits)
{
	struct http_limits l = http_default_limits;
	int fd;

	l.output_bytes = 1000;
	start(l);
	fd = client_open("GET /big HTTP/1.0\r\n\r\n");
	while (client_drain(fd) == 1)
		turn();
	cr_assert_eq(client_drain(fd), 0);
	expect_counts(0, 0, http_server_counts(server)->current_connections);
	stop();
}
