/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "support/http_fixture.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http/feed.h"
#include "http/listen.h"

struct event_base *base;
struct http_server *server;
int listener;
unsigned handled;
unsigned feed_readers;
struct http_connection *feed_client;

static void *feed_open(struct http_feed *feed, struct http_connection *client)
{
	feed_readers++;
	feed_client = client;
	return feed;
}

static void feed_taken(void *reader)
{
	cr_assert_not_null(reader);
}

static void feed_close(void *reader)
{
	cr_assert_not_null(reader);
	feed_readers--;
}

static struct http_feed feed = {feed_open, feed_taken, feed_close};

/* Writes a new body for each request, so clients do not share a body. */
static int write_body(struct http_source *source, struct evbuffer *body)
{
	static char big[BIG_BYTES];

	handled++;
	evbuffer_add_printf(body, "hello");
	return evbuffer_add_reference(body, big, *(unsigned *)source->context, NULL, NULL);
}

static struct http_answer handler(const struct http_query *query, void *context)
{
	static unsigned big = BIG_BYTES, page = PAGE_BYTES;
	static struct http_source big_source = {.write = write_body, .context = &big},
				  page_source = {.write = write_body, .context = &page};
	static char count[64];
	struct http_answer answer = {
		.status = 200,
		.text = "hello",
		.content_type = "text/x",
		.content_encoding = strcmp(query->accept_encoding, "x") ? NULL : "x",
		.extra_headers = "X-Extra: y\r\n",
	};

	cr_assert_eq(context, &base);
	if (!strcmp(query->path, "/big")) {
		answer.source = &big_source;
		return answer;
	}
	if (!strcmp(query->path, "/page")) {
		answer.source = &page_source;
		return answer;
	}
	if (!strcmp(query->path, "/feed")) {
		answer.feed = &feed;
		return answer;
	}
	handled++;
	if (!strcmp(query->path, "/count")) {
		snprintf(count, sizeof(count), "hello(%u)", handled);
		answer.text = count;
	} else if (strcmp(query->path, "/hello")) {
		answer = (struct http_answer){.status = 404};
	}
	return answer;
}

void start(struct http_limits limits)
{
	signal(SIGPIPE, SIG_IGN);
	base = event_base_new();
	listener = http_listen("127.0.0.1:0");
	cr_assert_geq(listener, 0);
	cr_assert_eq(http_server_new(&server, base, listener, &limits, handler, &base), 0);
}

void stop(void)
{
	http_server_free(server);
	event_base_free(base);
}

void turn(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
	usleep(100);
}

void turns(unsigned count)
{
	while (count--)
		turn();
}

int client_new(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), size = 4096;

	cr_assert_geq(fd, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return fd;
}

void client_connect(int fd)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	cr_assert_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	cr_assert_eq(connect(fd, (struct sockaddr *)&address, size), 0, "%s", strerror(errno));
	fcntl(fd, F_SETFL, O_NONBLOCK);
}

size_t client_send(int fd, const void *bytes, size_t size)
{
	ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);

	return sent < 0 ? 0 : (size_t)sent;
}

void client_say(int fd, const char *text)
{
	cr_assert_eq(client_send(fd, text, strlen(text)), strlen(text));
}

int client_open(const char *request)
{
	int fd = client_new();

	client_connect(fd);
	client_say(fd, request);
	return fd;
}

int client_read(int fd, const char *until, char *text, size_t size)
{
	time_t end = time(NULL) + PATIENCE_S;
	size_t have = 0;

	for (;;) {
		ssize_t r = recv(fd, text + have, size - 1 - have, 0);

		if (r < 0 && errno != EAGAIN)
			return -errno;
		have += r > 0 ? (size_t)r : 0;
		text[have] = '\0';
		if (until && strstr(text, until))
			return 1;
		if (r == 0)
			return 0;
		cr_assert_lt(time(NULL), end, "nothing arrived after '%s'", text);
		turn();
	}
}

int client_drain(int fd)
{
	char bytes[4096];
	ssize_t r;

	do
		r = recv(fd, bytes, sizeof(bytes), 0);
	while (r > 0);
	if (r < 0)
		return errno == EAGAIN ? 1 : -errno;
	return 0;
}

bool client_is_closed(int fd)
{
	char byte;
	ssize_t r = recv(fd, &byte, 1, MSG_PEEK);

	return r == 0 || (r < 0 && errno != EAGAIN);
}

void client_wait_closed(int fd)
{
	for (time_t end = time(NULL) + PATIENCE_S; !client_is_closed(fd); turn())
		cr_assert_lt(time(NULL), end);
}

void expect_counts(uint64_t shed, uint64_t timed_out, unsigned current)
{
	const struct http_counts *s = http_server_counts(server);

	cr_assert_eq(s->shed, shed, "closed to make room: %llu", (unsigned long long)s->shed);
	cr_assert_eq(s->timed_out, timed_out, "timed out %llu", (unsigned long long)s->timed_out);
	cr_assert_eq(
		s->current_connections, current, "open connections: %u", s->current_connections);
}
