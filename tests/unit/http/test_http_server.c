/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests the server's answers and their order. */
#include <criterion/criterion.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "support/failing_calls.h"
#include "support/http_fixture.h"

FAILING_CALL(int, -1, accept4, (int fd, struct sockaddr *address, socklen_t *size, int flags),
	(fd, address, size, flags))

#define TEN(text) text text text text text text text text text text

/* Checks that the date is present and about now (RFC 9110 6.6.1), and removes it. */
static void take_date(char *text)
{
	char *field = strstr(text, "Date: "), *end;
	struct tm date = {0};
	time_t now = time(NULL);

	cr_assert_neq(field, NULL, "%s", text);
	end = strptime(field, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &date);
	cr_assert_neq(end, NULL, "%s", text);
	cr_assert(timegm(&date) <= now && timegm(&date) > now - PATIENCE_S);
	memmove(field, end, strlen(end) + 1);
}

/* Sends `request` on a new connection. Compares all bytes until the server closes. */
static void check_closes(const char *request, const char *wanted)
{
	char text[4096];
	int fd = client_open(request);

	cr_assert_eq(client_read(fd, NULL, text, sizeof(text)), 0, "%s", request);
	take_date(text);
	cr_assert_str_eq(text, wanted);
	close(fd);
	while (http_server_counts(server)->current_connections)
		turn();
}

#define NOSNIFF "X-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\n"
#define HELLO(fields) "HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nContent-Length: 6\r\n" fields
#define REFUSAL(status, length, fields)                                                            \
	"HTTP/1.1 " status "\r\nContent-Type: text/plain; charset=utf-8\r\n"                       \
	"Content-Length: " length "\r\n" NOSNIFF fields "Connection: close\r\n\r\n"

Test(http_server, literal_responses)
{
	start(http_default_limits);
	check_closes("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
		HELLO(NOSNIFF "X-Extra: y\r\nConnection: close\r\n\r\nhello\n"));
	check_closes("GET /hello?a HTTP/1.0\r\nAccept-Encoding: x\r\n\r\n",
		HELLO("Content-Encoding: x\r\n" NOSNIFF
		      "X-Extra: y\r\nConnection: close\r\n\r\nhello\n"));
	check_closes("HEAD /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
		HELLO(NOSNIFF "X-Extra: y\r\nConnection: close\r\n\r\n"));
	check_closes(GET("/nothing"), REFUSAL("404 Not Found", "14", "") "404 Not Found\n");
	check_closes(
		"HEAD /nothing HTTP/1.1\r\nHost: a\r\n\r\n", REFUSAL("404 Not Found", "14", ""));
	check_closes("PUT /hello HTTP/1.1\r\n",
		REFUSAL("405 Method Not Allowed", "23",
			"Allow: GET, HEAD, OPTIONS\r\n") "405 Method Not Allowed\n");
	check_closes("OPTIONS / HTTP/1.0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
		"Content-Length: 0\r\n" NOSNIFF
		"Allow: GET, HEAD, OPTIONS\r\nConnection: close\r\n\r\n");
	cr_assert_eq(http_server_counts(server)->responses_2xx, 4);
	cr_assert_eq(http_server_counts(server)->responses_4xx, 3);
	cr_assert_eq(http_server_counts(server)->connections, 7);
	stop();
}

Test(http_server, reads_nothing_after_a_refused_request)
{
	start(http_default_limits);
	check_closes("GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\n" GET("/hello"),
		REFUSAL("413 Content Too Large", "22", "") "413 Content Too Large\n");
	check_closes("PRI * HTTP/2.0\r\n\r\n" GET("/hello"),
		REFUSAL("505 HTTP Version Not Supported", "31",
			"") "505 HTTP Version Not Supported\n");
	cr_assert_eq(handled, 0);
	cr_assert_eq(http_server_counts(server)->responses_5xx, 1);
	stop();
}

/* accept(2) names errors of the network, after which a server tries again. */
Test(http_server, a_connection_that_disappears_is_no_failure)
{
	static const int errors[] = {EAGAIN, EINTR, ECONNABORTED, EPROTO, ENETUNREACH};

	start(http_default_limits);
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		failing_calls_set("accept4", 1, errors[i]);
		check_closes("HEAD /nothing HTTP/1.1\r\nHost: a\r\n\r\n",
			REFUSAL("404 Not Found", "14", ""));
		failing_calls_assert_made();
	}
	cr_assert_eq(http_server_counts(server)->accept_failures, 0);
	stop();
}

Test(http_server, keeps_connections_open)
{
	char text[4096];
	int fd;

	start(http_default_limits);
	fd = client_open(GET("/count"));
	cr_assert_eq(client_read(fd, "hello(1)", text, sizeof(text)), 1);
	cr_assert_eq(strstr(text, "Connection:"), NULL);
	client_say(fd, "GET /count HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	cr_assert_eq(client_read(fd, "hello(2)", text, sizeof(text)), 1);
	cr_assert_neq(strstr(text, "\r\nConnection: keep-alive\r\n"), NULL);
	client_say(fd, "GET /count HTTP/1.0\r\n\r\n");
	cr_assert_eq(client_read(fd, NULL, text, sizeof(text)), 0);
	cr_assert_neq(strstr(text, "hello(3)"), NULL);
	stop();
}

Test(http_server, answers_in_order)
{
	char text[1 << 16], *at = text, wanted[16];
	int fd;

	start(http_default_limits);
	fd = client_open(TEN(TEN(GET("/count"))));
	cr_assert_eq(client_read(fd, "hello(100)", text, sizeof(text)), 1);
	for (unsigned i = 1; i <= 100; i++) {
		snprintf(wanted, sizeof(wanted), "hello(%u)", i);
		at = strstr(at, wanted);
		cr_assert_neq(at, NULL, "%s", wanted);
	}
	stop();
}

/* The server writes a response before it reads the next request. */
Test(http_server, prepares_one_response_at_a_time)
{
	char byte;
	int fd;

	start(http_default_limits);
	fd = client_open(TEN(GET("/big")));
	turns(200);
	cr_assert_eq(handled, 1);
	cr_assert_eq(recv(fd, &byte, 1, MSG_PEEK), 1);
	stop();
}

Test(http_server, answers_a_half_closed_client)
{
	char text[4096];
	int fd, r;

	start(http_default_limits);
	fd = client_open(GET("/hello"));
	shutdown(fd, SHUT_WR);
	cr_assert_eq(client_read(fd, NULL, text, sizeof(text)), 0);
	cr_assert_neq(strstr(text, "hello"), NULL);
	fd = client_open(GET("/big"));
	shutdown(fd, SHUT_WR);
	while ((r = client_drain(fd)) == 1)
		turn();
	cr_assert_eq(r, 0);
	cr_assert_eq(http_server_counts(server)->responses_2xx, 2);
	fd = client_open("GET /hello HTTP/1.1\r\nHost: a\r\n");
	shutdown(fd, SHUT_WR);
	cr_assert_eq(client_read(fd, NULL, text, sizeof(text)), 0);
	cr_assert_neq(strstr(text, "HTTP/1.1 400 "), NULL);
	stop();
}

/* The client sends 512 KiB before it reads. The server must not close at once, because that
 * would reset the connection. */
Test(http_server, lingers_until_a_client_has_sent_all)
{
	static char body[512 << 10];
	char text[4096];
	size_t sent = 0;
	int fd;

	start(http_default_limits);
	fd = client_open("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 524288\r\n\r\n");
	for (time_t end = time(NULL) + PATIENCE_S; sent < sizeof(body); turn()) {
		sent += client_send(fd, body + sent, sizeof(body) - sent);
		cr_assert_lt(time(NULL), end);
	}
	cr_assert_eq(client_read(fd, NULL, text, sizeof(text)), 0);
	cr_assert_neq(strstr(text, "HTTP/1.1 405 "), NULL);
	stop();
}

Test(http_server, lingers_for_a_limited_time)
{
	static char body[64 << 10];
	struct http_limits l = http_default_limits;
	size_t sent = 0;
	int fd;

	l.response_seconds = 1;
	start(l);
	fd = client_open("BAD\r\n");
	do {
		sent += client_send(fd, body, sizeof(body));
		turn();
	} while (http_server_counts(server)->current_connections);
	cr_assert_lt(sent, 32 << 20); /* 1 MiB, and the contents of the kernel's buffers */
	client_open("BAD\r\n");       /* and then neither sends nor closes */
	turns(3);
	while (http_server_counts(server)->current_connections)
		turn();
	stop();
}

/* In the middle of a turn, three clients close their connections and reconnect. */
static void reconnect_cb(evutil_socket_t none, short what, void *context)
{
	int *fds = context;

	(void)none, (void)what;
	for (unsigned i = 1; i < 4; i++) {
		close(fds[i]);
		fds[i] = client_open("");
	}
}

Test(http_server, notices_closed_connections_before_it_closes_others)
{
	struct http_limits l = http_default_limits;
	char text[4096];
	int fds[5];

	l.connections = 6;
	start(l);
	for (unsigned i = 0; i < 4; i++) {
		fds[i] = client_open(GET("/hello"));
		cr_assert_eq(client_read(fds[i], "hello\n", text, sizeof(text)), 1);
	}
	fds[4] = client_open("");
	event_base_once(base, -1, EV_TIMEOUT, reconnect_cb, fds, &(struct timeval){0});
	turns(5);
	expect_counts(0, 0, 5);
	for (unsigned i = 0; i < 5; i++)
		cr_assert(!client_is_closed(fds[i]), "%u", i);
	stop();
}
