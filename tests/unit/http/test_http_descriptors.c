/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Without descriptors the server does not spin, and closes idle clients. With a few descriptors
 * it answers a burst of requests. */
#include <criterion/criterion.h>
#include <errno.h>
#include <event2/event.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "support/http_fixture.h"

/* Uses all remaining file descriptors. Returns one of them. */
static int exhaust_fds(void)
{
	int fd, last = -1;

	setrlimit(RLIMIT_NOFILE, &(struct rlimit){64, 64});
	while ((fd = dup(listener)) >= 0)
		last = fd;
	cr_assert_eq(errno, EMFILE);
	return last;
}

static double monotonic_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The server waits 100 ms between two attempts, but libevent may be milliseconds early. */
Test(http_descriptors, does_not_spin_without_fds)
{
	const struct http_counts *s;
	unsigned rounds = 0;
	char text[4096];
	double begin;
	int fd, spare;

	start(http_default_limits);
	s = http_server_counts(server);
	fd = client_new();
	spare = exhaust_fds();
	client_connect(fd);
	client_say(fd, GET("/hello"));
	begin = monotonic_s();
	for (; s->accept_failures < 5; rounds++)
		event_base_loop(base, EVLOOP_ONCE);
	cr_assert_gt(monotonic_s() - begin, 0.3);
	cr_assert_leq(rounds, 10);
	close(spare);
	cr_assert_eq(client_read(fd, "hello", text, sizeof(text)), 1);
	cr_assert_eq(s->accept_failures, 5);
	stop();
}

Test(http_descriptors, closes_idle_clients_to_get_fds)
{
	char text[4096];
	int old, fd;

	start(http_default_limits);
	old = client_open(GET("/hello"));
	cr_assert_eq(client_read(old, "hello", text, sizeof(text)), 1);
	fd = client_new();
	exhaust_fds();
	client_connect(fd);
	client_say(fd, GET("/hello"));
	cr_assert_eq(client_read(fd, "hello", text, sizeof(text)), 1);
	cr_assert(client_is_closed(old));
	expect_counts(1, 0, 1);
	cr_assert_eq(http_server_counts(server)->accept_failures, 1);
	stop();
}

/* Readers of a feed have places of their own, but no descriptors. */
Test(http_descriptors, closes_a_reader_if_there_are_no_other_clients)
{
	char text[4096];
	int reader, fd;

	start(http_default_limits);
	reader = client_open(GET("/feed"));
	cr_assert_eq(client_read(reader, "\r\n\r\n", text, sizeof(text)), 1);
	fd = client_new();
	exhaust_fds();
	client_connect(fd);
	client_say(fd, GET("/hello"));
	cr_assert_eq(client_read(fd, "hello", text, sizeof(text)), 1);
	cr_assert(client_is_closed(reader));
	expect_counts(1, 0, 1);
	stop();
}

/* Twenty clients keep their connections open. Three descriptors remain. */
Test(http_descriptors, answers_a_burst_with_few_fds)
{
	char text[4096];
	int fds[20];

	start(http_default_limits);
	for (unsigned i = 0; i < 20; i++)
		fds[i] = client_new();
	for (int last = exhaust_fds(), fd = last - 2; fd <= last; fd++)
		close(fd);
	for (unsigned i = 0; i < 20; i++) {
		client_connect(fds[i]);
		client_say(fds[i], GET("/hello"));
	}
	for (unsigned i = 0; i < 20; i++)
		cr_assert_eq(client_read(fds[i], "hello", text, sizeof(text)), 1, "%u", i);
	cr_assert_eq(handled, 20);
	stop();
}
