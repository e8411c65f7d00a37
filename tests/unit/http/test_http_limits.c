/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests the deadlines, and the limit of connections. */
#include <criterion/criterion.h>
#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "support/http_fixture.h"

/* At this pace a request would take several times the permitted time. */
Test(http_limits, deadline_of_a_request_is_absolute)
{
	static const char request[] = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";
	struct http_limits l = http_default_limits;
	char text[4096];
	size_t sent = 0;
	int fd;

	l.request_seconds = 1;
	start(l);
	fd = client_open("");
	while (!client_is_closed(fd) && recv(fd, text, 1, MSG_PEEK) < 0 &&
		sent < sizeof(request) - 1) {
		client_send(fd, request + sent++, 1);
		turns(1000);
	}
	cr_assert_eq(client_read(fd, NULL, text, sizeof(text)), 0);
	cr_assert_neq(strstr(text, "HTTP/1.1 408 Request Timeout\r\n"), NULL);
	cr_assert_eq(handled, 0);
	stop();
}

Test(http_limits, deadline_of_a_response_is_absolute)
{
	struct http_limits l = http_default_limits;
	char bytes[1000];
	int fd;

	l.response_seconds = 1;
	start(l);
	fd = client_open(GET("/big"));
	for (time_t end = time(NULL) + PATIENCE_S;; turns(10)) {
		ssize_t r = recv(fd, bytes, sizeof(bytes), 0);

		cr_assert_neq(r, 0, "the server sent the whole response");
		if (r < 0 && errno == ECONNRESET)
			break;
		cr_assert_lt(time(NULL), end);
	}
	expect_counts(0, 1, 0);
	stop();
}

#define SCRAPE(seconds)                                                                            \
	"GET /big HTTP/1.0\r\nX-Prometheus-Scrape-Timeout-Seconds: " seconds "\r\n\r\n"

/* Reads the response slowly for `seconds`. Returns the last result of client_drain(). */
static int read_slowly(int fd, unsigned seconds)
{
	static char bytes[BIG_BYTES / 64];
	struct timespec begin, now;
	size_t have = 0;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (;; turn()) {
		double due;
		ssize_t r;

		clock_gettime(CLOCK_MONOTONIC, &now);
		due = (double)(now.tv_sec - begin.tv_sec) +
		      1e-9 * (double)(now.tv_nsec - begin.tv_nsec);
		if ((double)have > due / seconds * BIG_BYTES)
			continue;
		r = recv(fd, bytes, sizeof(bytes), 0);
		if (r == 0 || (r < 0 && errno != EAGAIN))
			return r < 0 ? -errno : 0;
		have += r > 0 ? (size_t)r : 0;
	}
}

Test(http_limits, a_slow_scraper_has_its_own_timeout)
{
	struct http_limits l = http_default_limits;

	l.response_seconds = 1;
	start(l);
	cr_assert_eq(read_slowly(client_open(SCRAPE("20")), 3), 0);
	expect_counts(0, 0, http_server_counts(server)->current_connections);
	cr_assert_eq(read_slowly(client_open("GET /big HTTP/1.0\r\n\r\n"), 3), -ECONNRESET);
	stop();
}

Test(http_limits, a_scraper_that_stops_reading_is_closed)
{
	struct http_limits l = http_default_limits;
	time_t begin = time(NULL);

	l.response_seconds = 1;
	start(l);
	client_open(SCRAPE("120"));
	while (http_server_counts(server)->timed_out == 0)
		turn();
	cr_assert_lt(time(NULL), begin + 60);
	stop();
}

Test(http_limits, the_timeout_of_a_scraper_is_limited)
{
	struct http_limits l = http_default_limits;

	l.response_seconds = 1;
	l.scrape_seconds = 2;
	start(l);
	cr_assert_eq(read_slowly(client_open(SCRAPE("1000")), 10), -ECONNRESET);
	stop();
}

/* An idle connection stays open for longer than a minute between two scrapes. Otherwise a scrape
 * could arrive while the server closes the connection (RFC 9112 9.3). */
Test(http_limits, an_idle_connection_outlives_the_interval_of_scrapes)
{
	cr_assert_gt(http_default_limits.idle_seconds, 300);
}

/* The server's kernel has the whole response, but the client's kernel has not. */
Test(http_limits, deadline_of_a_response_includes_its_delivery)
{
	struct http_limits l = http_default_limits;
	int fd, r;

	l.response_seconds = 1;
	start(l);
	fd = client_open(GET("/page"));
	while (http_server_counts(server)->timed_out == 0)
		turn();
	while ((r = client_drain(fd)) == 1)
		turn();
	cr_assert_eq(r, -ECONNRESET);
	expect_counts(0, 1, 0);
	stop();
}

Test(http_limits, deadline_of_an_idle_connection)
{
	struct http_limits l = http_default_limits;
	char text[4096];
	int fresh, idle;

	l.idle_seconds = 1;
	start(l);
	fresh = client_open("");
	idle = client_open(GET("/hello"));
	cr_assert_eq(client_read(idle, "hello", text, sizeof(text)), 1);
	client_wait_closed(fresh);
	client_wait_closed(idle);
	expect_counts(0, 0, 0);
	stop();
}

/* The largest phase loses the connection that has waited longest. */
Test(http_limits, closes_a_connection_of_the_largest_phase)
{
	struct http_limits l = http_default_limits;
	char text[4096];
	int reading, first_idle, second_idle, more[2];

	l.connections = 3;
	start(l);
	reading = client_open("GET /");
	turns(3);
	first_idle = client_open(GET("/hello"));
	cr_assert_eq(client_read(first_idle, "hello", text, sizeof(text)), 1);
	second_idle = client_open(GET("/hello"));
	cr_assert_eq(client_read(second_idle, "hello", text, sizeof(text)), 1);
	more[0] = client_open("");
	client_wait_closed(first_idle);
	cr_assert(!client_is_closed(second_idle) && !client_is_closed(reading));
	more[1] = client_open("");
	client_wait_closed(second_idle);
	cr_assert(!client_is_closed(reading) && !client_is_closed(more[0]) &&
		  !client_is_closed(more[1]));
	expect_counts(2, 0, 3);
	stop();
}

/* A client reads a long exposition while too many clients connect. */
Test(http_limits, a_client_that_reads_survives_a_flood)
{
	struct http_limits l = http_default_limits;
	int fd, r;

	l.connections = 4;
	start(l);
	fd = client_open("GET /big HTTP/1.0\r\n\r\n");
	while (handled == 0)
		turn();
	for (unsigned opened = 0; (r = client_drain(fd)) == 1; turn())
		for (unsigned i = 0; i < 10 && opened < 500; i++, opened++)
			client_open("GET /");
	cr_assert_eq(r, 0);
	cr_assert_gt(http_server_counts(server)->shed, 4 * l.connections);
	stop();
}

Test(http_limits, clients_that_do_not_read_shut_out_nobody)
{
	struct http_limits l = http_default_limits;
	char text[4096];

	l.connections = 4;
	start(l);
	for (unsigned i = 0; i < 4; i++)
		client_open(i % 2 ? GET("/big") : GET("/page"));
	while (handled < 4)
		turn();
	cr_assert_eq(client_read(client_open(GET("/hello")), "hello", text, sizeof(text)), 1);
	expect_counts(1, 0, 4);
	stop();
}

/* All clients wait in the backlog with their requests. The server answers each before it closes
 * its connection. */
Test(http_limits, answers_a_burst_beyond_its_limit)
{
	struct http_limits l = http_default_limits;
	char text[4096];
	int fds[100];

	l.connections = 2;
	start(l);
	for (unsigned i = 0; i < 100; i++)
		fds[i] = client_open(GET("/hello"));
	for (unsigned i = 0; i < 100; i++) {
		cr_assert_eq(client_read(fds[i], "hello", text, sizeof(text)), 1, "%u", i);
		close(fds[i]);
	}
	cr_assert_eq(handled, 100);
	stop();
}

/* The clients connected long ago. They sent requests while the event loop was blocked. */
Test(http_limits, reads_waiting_requests_before_it_closes_clients)
{
	struct http_limits l = http_default_limits;
	char text[4096];
	int fds[3];

	l.connections = 2;
	start(l);
	for (unsigned i = 0; i < 2; i++)
		fds[i] = client_open("");
	turns(3);
	usleep(50000);
	fds[2] = client_open(GET("/hello"));
	for (unsigned i = 0; i < 2; i++)
		client_say(fds[i], GET("/hello"));
	for (unsigned i = 0; i < 3; i++)
		cr_assert_eq(client_read(fds[i], "hello", text, sizeof(text)), 1, "%u", i);
	cr_assert_eq(handled, 3);
	stop();
}
