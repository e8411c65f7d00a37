/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests responses without an end: limits of readers and of bytes, and readers that stop. */
#include <criterion/criterion.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "http/feed.h"
#include "support/http_fixture.h"

static struct http_limits limits(unsigned readers)
{
	struct http_limits l = http_default_limits;

	l.readers = readers;
	l.reader_bytes = 1 << 10;
	l.connections = 2;
	return l;
}

/* Opens a reader. Returns -1 if the server has no room for it. */
static int reader_try(void)
{
	char text[4096];
	int fd = client_open(GET("/feed"));

	client_read(fd, "\r\n\r\n", text, sizeof(text));
	return strstr(text, "HTTP/1.1 200 ") ? fd : -1;
}

static int reader(void)
{
	int fd = reader_try();

	cr_assert_geq(fd, 0);
	return fd;
}

/* Sends until the newest reader's buffer is full. Returns whether there was room. */
static bool send_all(void)
{
	static const char bytes[512];
	bool sent = false;

	while (http_feed_room(feed_client) >= sizeof(bytes)) {
		cr_assert_eq(http_feed_send(feed_client, bytes, sizeof(bytes)), 0);
		sent = true;
	}
	return sent;
}

/* Sends until the buffers of the kernel and of the newest reader are full. */
static void fill(void)
{
	for (unsigned full = 0; full < 1000; full++) {
		if (send_all())
			full = 0;
		turn();
	}
}

Test(http_feed, has_neither_length_nor_end)
{
	char text[4096];
	int fd;

	start(limits(4));
	fd = client_open(GET("/feed"));
	client_read(fd, "\r\n\r\n", text, sizeof(text));
	cr_assert_null(strstr(text, "Content-Length"));
	cr_assert_not_null(strstr(text, "Connection: close\r\n"));
	cr_assert_eq(http_feed_send(feed_client, "line\n", 5), 0);
	client_read(fd, "line\n", text, sizeof(text));
	turns(100);
	cr_assert_not(client_is_closed(fd));
	stop();
	cr_assert_eq(feed_readers, 0);
}

/* The response to a further request would be in the middle of the body. */
Test(http_feed, a_further_request_is_discarded)
{
	char text[4096];
	int fd;

	start(limits(4));
	fd = reader();
	client_say(fd, GET("/hello"));
	turns(100);
	cr_assert_eq(http_feed_send(feed_client, "line\n", 5), 0);
	client_read(fd, "line\n", text, sizeof(text));
	cr_assert_str_eq(text, "line\n");
	stop();
}

Test(http_feed, a_head_request_opens_no_reader)
{
	char text[4096];
	int fd;

	start(limits(4));
	fd = client_open("HEAD /feed HTTP/1.1\r\nHost: a\r\n\r\n" GET("/hello"));
	client_read(fd, "hello\n", text, sizeof(text));
	cr_assert_eq(feed_readers, 0);
	stop();
}

Test(http_feed, a_client_that_disconnects_is_closed)
{
	int fd;

	start(limits(4));
	fd = reader();
	cr_assert_eq(feed_readers, 1);
	close(fd);
	for (time_t end = time(NULL) + PATIENCE_S; feed_readers > 0; turn())
		cr_assert_lt(time(NULL), end);
	expect_counts(0, 0, 0);
	stop();
}

Test(http_feed, buffered_bytes_are_limited)
{
	start(limits(4));
	reader();
	fill();
	cr_assert_lt(http_feed_room(feed_client), 512);
	cr_assert_eq(feed_readers, 1);
	stop();
}

/* Readers use all their places. The two places of other clients stay free. */
Test(http_feed, readers_do_not_shut_out_other_clients)
{
	char text[4096];
	int fd;

	start(limits(3));
	for (unsigned i = 0; i < 3; i++)
		reader();
	for (unsigned i = 0; i < 10; i++) {
		fd = client_open(GET("/hello"));
		client_read(fd, "hello\n", text, sizeof(text));
	}
	cr_assert_eq(feed_readers, 3);
	stop();
}

Test(http_feed, refuses_one_reader_too_many)
{
	char text[4096];

	start(limits(2));
	reader();
	reader();
	client_read(client_open(GET("/feed")), NULL, text, sizeof(text));
	cr_assert_not_null(strstr(text, "HTTP/1.1 503 "));
	cr_assert_not_null(strstr(text, "Too many clients"));
	cr_assert_eq(feed_readers, 2);
	stop();
}

Test(http_feed, a_new_reader_replaces_one_that_stopped)
{
	time_t end = time(NULL) + PATIENCE_S;
	int stopped;

	start(limits(1));
	stopped = reader();
	/* The kernel sometimes makes more room later, which counts as progress. */
	do {
		cr_assert_lt(time(NULL), end);
		fill();
		usleep(1050000); /* longer than a reader may pause, see admission.c */
	} while (reader_try() < 0);
	cr_assert_eq(feed_readers, 1);
	cr_assert_eq(http_server_counts(server)->shed, 1);
	while (client_drain(stopped) == 1)
		turn();
	stop();
}

/* With TCP_USER_TIMEOUT, the kernel closes it. Sockets of other families do not have this option. */
static void check_stopped_reader(bool by_kernel)
{
	struct http_limits l = limits(1);

	l.response_seconds = 1;
	start(l);
	if (!by_kernel)
		setsockopt(listener, IPPROTO_TCP, TCP_USER_TIMEOUT, &(int){0}, sizeof(int));
	reader();
	fill();
	/* The kernel sometimes makes more room later. */
	for (time_t end = time(NULL) + PATIENCE_S; feed_readers > 0; turn()) {
		cr_assert_lt(time(NULL), end);
		send_all();
	}
	expect_counts(0, 1, 0);
	stop();
}

Test(http_feed, a_reader_that_stopped_is_closed)
{
	check_stopped_reader(true);
}

Test(http_feed, a_reader_that_stopped_is_closed_by_the_server)
{
	check_stopped_reader(false);
}

Test(http_feed, a_reader_that_sends_nothing_stays)
{
	struct http_limits l = limits(1);
	time_t end = time(NULL) + 4;

	l.response_seconds = 1;
	start(l);
	reader();
	while (time(NULL) < end)
		turn();
	cr_assert_eq(feed_readers, 1);
	expect_counts(0, 0, 1);
	stop();
}
