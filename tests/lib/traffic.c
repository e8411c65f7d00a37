/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Makes TCP traffic for tests. It needs only the kernel, because it also runs in an initramfs.
 *
 *   rexmit-traffic listen  ADDRESS PORT [--reply BYTES]
 *   rexmit-traffic connect ADDRESS PORT [--count N] [--parallel N] [--bytes N] [--write N]
 *                          [--rounds N] [--seconds N] [--may-fail] [--abort]
 *
 * The listener prints "listening", and runs until a signal ends it. It discards received data. At
 * the end of a client's stream it sends --reply bytes and closes the connection.
 *
 * The connector makes --count connections, --parallel of them at a time. On each connection it
 * sends --bytes in writes of --write bytes, and waits until the listener closes. Finally it prints
 * one line of totals. It exits with 1 if a connection failed and --may-fail is not given.
 *
 *   --rounds N   sends --bytes N times. After the last acknowledgement of a round, the connector
 *                prints "round N", and waits for a line on standard input.
 *   --seconds N  makes new connections for that time.
 *   --abort      resets each connection at its end.
 *
 * An ADDRESS ::ffff:A.B.C.D makes v4-mapped sockets.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "traffic_options.h"

#define PAUSE_POLL_MS 5 /* between checks for a round's acknowledgements */

enum flow_state { FLOW_FREE, FLOW_CONNECTING, FLOW_SENDING, FLOW_PAUSED, FLOW_READING };

struct flow {
	enum flow_state state;
	unsigned round;
	uint64_t left; /* bytes to send in this round */
};

struct totals {
	uint64_t begun, done, failed, sent, received;
};

static struct traffic_options options;
static struct totals totals;
/* A connection has the same index in both arrays. poll(2) skips entries whose fd is -1. */
static struct pollfd polls[TRAFFIC_FLOWS_MAX + 1];
static struct flow flows[TRAFFIC_FLOWS_MAX];
static char payload[TRAFFIC_WRITE_MAX];

static _Noreturn void fatal(const char *what)
{
	fprintf(stderr, "rexmit-traffic: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void flow_open(size_t i, int fd, enum flow_state state, uint64_t left)
{
	polls[i].fd = fd;
	polls[i].events = state == FLOW_READING ? POLLIN : POLLOUT;
	flows[i] = (struct flow){.state = state, .round = 1, .left = left};
	totals.begun++;
}

static void flow_close(size_t i, bool failed)
{
	close(polls[i].fd);
	polls[i].fd = -1;
	flows[i].state = FLOW_FREE;
	if (failed)
		totals.failed++;
	else
		totals.done++;
}

static void flow_connect(size_t i)
{
	int fd = socket(options.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fatal("socket");
	flow_open(i, fd, FLOW_CONNECTING, options.bytes);
	if (connect(fd, (struct sockaddr *)&options.address, options.address_size) < 0 &&
		errno != EINPROGRESS)
		flow_close(i, true);
}

/* With SO_LINGER 0, close(2) sends a reset. */
static void flow_abort(size_t i)
{
	const struct linger none = {.l_onoff = 1};

	flow_close(i, setsockopt(polls[i].fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none)) < 0);
}

/* Called when all data of a round is in the socket's buffer. */
static void flow_sent(size_t i, bool listener)
{
	if (listener) {
		flow_close(i, false);
		return;
	}
	if (flows[i].round < options.rounds) {
		flows[i].state = FLOW_PAUSED;
		polls[i].events = 0;
		return;
	}
	if (options.abort) {
		flow_abort(i);
		return;
	}
	flows[i].state = FLOW_READING;
	polls[i].events = POLLIN;
	if (shutdown(polls[i].fd, SHUT_WR) < 0)
		flow_close(i, true);
}

static void flow_send(size_t i, bool listener)
{
	while (flows[i].left > 0) {
		size_t size = options.write_bytes;
		ssize_t sent;

		if (size > flows[i].left)
			size = (size_t)flows[i].left;
		sent = send(polls[i].fd, payload, size, MSG_NOSIGNAL);
		if (sent < 0) {
			if (errno != EAGAIN)
				flow_close(i, true);
			return;
		}
		flows[i].left -= (uint64_t)sent;
		totals.sent += (uint64_t)sent;
	}
	flow_sent(i, listener);
}

static void flow_read(size_t i, bool listener)
{
	static char sink[65536];
	ssize_t got = recv(polls[i].fd, sink, sizeof(sink), 0);

	if (got > 0) {
		totals.received += (uint64_t)got;
		return;
	}
	if (got < 0) {
		if (errno != EAGAIN)
			flow_close(i, true);
		return;
	}
	if (!listener) {
		flow_close(i, false);
		return;
	}
	flows[i].state = FLOW_SENDING;
	flows[i].left = options.reply;
	polls[i].events = POLLOUT;
	flow_send(i, true);
}

static void flow_advance(size_t i, bool listener)
{
	int error = 0;
	socklen_t size = sizeof(error);

	switch (flows[i].state) {
	case FLOW_CONNECTING:
		if (getsockopt(polls[i].fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error) {
			flow_close(i, true);
			return;
		}
		flows[i].state = FLOW_SENDING;
		flow_send(i, listener);
		return;
	case FLOW_SENDING:
		flow_send(i, listener);
		return;
	case FLOW_READING:
		flow_read(i, listener);
		return;
	case FLOW_PAUSED: /* no event was requested, so poll(2) reported POLLERR or POLLHUP */
		flow_close(i, true);
		return;
	case FLOW_FREE:
		return;
	}
}

static void poll_flows(size_t used, int timeout_ms, bool listener)
{
	if (poll(polls, used + listener, timeout_ms) < 0)
		fatal("poll");
	for (size_t i = 0; i < used; i++) {
		if (polls[i].fd >= 0 && polls[i].revents)
			flow_advance(i, listener);
	}
}

static void listen_accept(int fd)
{
	for (size_t i = 0; i < TRAFFIC_FLOWS_MAX; i++) {
		int accepted;

		if (polls[i].fd >= 0)
			continue;
		accepted = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (accepted < 0)
			return;
		flow_open(i, accepted, FLOW_READING, 0);
	}
}

static _Noreturn void run_listen(void)
{
	int fd = socket(options.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) < 0 ||
		bind(fd, (struct sockaddr *)&options.address, options.address_size) < 0 ||
		listen(fd, 4096) < 0)
		fatal("cannot listen");
	puts("listening");
	polls[TRAFFIC_FLOWS_MAX] = (struct pollfd){.fd = fd, .events = POLLIN};
	for (;;) {
		poll_flows(TRAFFIC_FLOWS_MAX, -1, true);
		if (polls[TRAFFIC_FLOWS_MAX].revents)
			listen_accept(fd);
	}
}

static time_t now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Whether every open connection has sent its round and received all acknowledgements. */
static bool round_is_over(void)
{
	for (size_t i = 0; i < options.parallel; i++) {
		int unacknowledged = 0;

		if (polls[i].fd < 0)
			continue;
		if (flows[i].state != FLOW_PAUSED ||
			ioctl(polls[i].fd, SIOCOUTQ, &unacknowledged) < 0 || unacknowledged > 0)
			return false;
	}
	return true;
}

static void next_round(unsigned round)
{
	char line[16];

	printf("round %u\n", round);
	if (!fgets(line, sizeof(line), stdin))
		fatal("standard input ended between two rounds");
	for (size_t i = 0; i < options.parallel; i++) {
		if (polls[i].fd < 0)
			continue;
		flows[i] = (struct flow){
			.state = FLOW_SENDING, .round = round + 1, .left = options.bytes};
		polls[i].events = POLLOUT;
	}
}

static bool begin_connections(time_t end)
{
	bool open = false;

	for (size_t i = 0; i < options.parallel; i++) {
		if (polls[i].fd < 0 &&
			(options.seconds ? now_seconds() < end : totals.begun < options.count))
			flow_connect(i);
		open |= polls[i].fd >= 0;
	}
	return open;
}

static int run_connect(void)
{
	time_t end = now_seconds() + (time_t)options.seconds;
	unsigned round = 1;

	while (begin_connections(end)) {
		bool pausing = round < options.rounds;

		poll_flows(options.parallel, pausing ? PAUSE_POLL_MS : -1, false);
		if (pausing && round_is_over())
			next_round(round++);
	}
	printf("connections %" PRIu64 " failed %" PRIu64 " sent %" PRIu64 " received %" PRIu64 "\n",
		totals.begun, totals.failed, totals.sent, totals.received);
	return totals.failed && !options.may_fail ? 1 : 0;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	traffic_options_parse(&options, argc, argv);
	for (size_t i = 0; i <= TRAFFIC_FLOWS_MAX; i++)
		polls[i].fd = -1;
	if (options.listen)
		run_listen();
	return run_connect();
}
