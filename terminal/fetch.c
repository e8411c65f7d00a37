/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "terminal/fetch.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "common/cleanup.h"
#include "common/clock.h"

/* The time for a connection to one address, and then for the whole answer. */
#define TIMEOUT_MS 5000
/* Upper limit of a response. A summary is smaller: at most 120 KiB. */
#define RESPONSE_BYTES (1u << 20)

static uint64_t end_of_time(void)
{
	return clock_ms(CLOCK_MONOTONIC) + TIMEOUT_MS;
}

/*
 * Limits the next call to the time that is left. With a limit, connect(2), send(2) and recv(2) fail with
 * EINTR when the terminal changes its size, even if the signal's handler has SA_RESTART (signal(7)).
 * Each repetition would get the whole limit again. Returns false if no time is left.
 */
static bool limit_time(int fd, uint64_t end_ms)
{
	uint64_t now_ms = clock_ms(CLOCK_MONOTONIC),
		 left_ms = end_ms > now_ms ? end_ms - now_ms : 0;
	const struct timeval limit = {.tv_sec = (time_t)(left_ms / 1000),
		.tv_usec = (suseconds_t)(left_ms % 1000 * 1000)};

	errno = ETIMEDOUT;
	return left_ms > 0 && !setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) &&
	       !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
}

/* Returns the error of a call after limit_time(), as a negative errno. */
static int call_error(void)
{
	/* EINPROGRESS, and EALREADY after an interruption: of connect(2). EAGAIN: of the others, and of
	 * connect(2) to a Unix socket. */
	return errno == EINPROGRESS || errno == EALREADY || errno == EAGAIN ? -ETIMEDOUT : -errno;
}

static int connect_address(const struct addrinfo *address)
{
	_cleanup_close_ int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint64_t end_ms = end_of_time();
	int r;

	if (fd < 0)
		return -errno;
	do /* Linux continues an interrupted attempt. */
		r = limit_time(fd, end_ms) ? connect(fd, address->ai_addr, address->ai_addrlen)
					   : -1;
	while (r < 0 && errno == EINTR);
	return r < 0 ? call_error() : cleanup_take_fd(&fd);
}

static int connect_host(const struct target *target, char reason[FETCH_REASON_SIZE])
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found;
	int error = getaddrinfo(target->host, target->port, &hints, &found), fd = -ENOENT;

	if (error) {
		snprintf(reason, FETCH_REASON_SIZE, "cannot find %s: %s", target->host,
			gai_strerror(error));
		return -ENOENT;
	}
	for (const struct addrinfo *a = found; a && fd < 0; a = a->ai_next)
		fd = connect_address(a);
	freeaddrinfo(found);
	if (fd < 0)
		snprintf(reason, FETCH_REASON_SIZE,
			"cannot connect to %s: %s (does rexmit-exporter run there? see --url)",
			target->text, strerror(-fd));
	return fd;
}

static int connect_socket(const struct target *target, char reason[FETCH_REASON_SIZE])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct addrinfo info = {
		.ai_family = AF_UNIX,
		.ai_addr = (struct sockaddr *)&address,
		.ai_addrlen = sizeof(address),
	};
	int fd = -ENAMETOOLONG;

	if (strlen(target->socket) < sizeof(address.sun_path)) {
		strcpy(address.sun_path, target->socket);
		fd = connect_address(&info);
	}
	if (fd < 0)
		snprintf(reason, FETCH_REASON_SIZE, "cannot connect to %s: %s", target->text,
			strerror(-fd));
	return fd;
}

/* Sends a request of HTTP/1.0, so that the response has no chunks and ends with the connection. */
static int send_request(int fd, const struct target *target, uint64_t end_ms)
{
	const char *host = target->socket ? "localhost" : target->host;
	bool v6 = strchr(host, ':');
	char request[1024];
	int size = snprintf(request, sizeof(request),
		"GET %s/api/v1/summary HTTP/1.0\r\nHost: %s%s%s%s%s\r\n\r\n", target->prefix,
		v6 ? "[" : "", host, v6 ? "]" : "", target->socket ? "" : ":",
		target->socket ? "" : target->port);
	ssize_t sent;

	do
		sent = limit_time(fd, end_ms) ? send(fd, request, (size_t)size, MSG_NOSIGNAL) : -1;
	while (sent < 0 && errno == EINTR);
	if (sent == size)
		return 0;
	return sent < 0 ? call_error() : -ETIMEDOUT;
}

/* Sets `*text` to the response. Returns 0 or a negative errno. */
static int receive(int fd, uint64_t end_ms, char **text)
{
	_cleanup_free_ char *bytes = malloc(RESPONSE_BYTES);
	size_t size = 0;
	ssize_t n;

	if (!bytes)
		return -ENOMEM;
	do {
		n = limit_time(fd, end_ms) ? recv(fd, bytes + size, RESPONSE_BYTES - 1 - size, 0)
					   : -1;
		size += n > 0 ? (size_t)n : 0;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return call_error();
	bytes[size] = '\0';
	*text = bytes;
	bytes = NULL;
	return 0;
}

/* Returns the probable reason for a status other than 200. */
static const char *remedy_of(int status)
{
	switch (status) {
	case 400:
		return "it serves TLS: rexmit-top reads plain HTTP only";
	case 401:
		return "it needs a password: fetch the summary with curl, and pipe it to rexmit-top --url -";
	case 404:
		return "it has no summary: does it run with --web.disable-page?";
	case 421:
		return "it does not know this host name: see --web.host-names";
	default:
		return "this is not what an exporter answers";
	}
}

/* Checks the status, and moves the body to the start of `text`. */
static int take_body(const struct target *target, char *text, char reason[FETCH_REASON_SIZE])
{
	char *body = strstr(text, "\r\n\r\n");
	int status = 0;

	if (sscanf(text, "HTTP/1.%*c %3d", &status) != 1 || !body || status != 200) {
		snprintf(reason, FETCH_REASON_SIZE, "%s: status %d: %s", target->text, status,
			remedy_of(status));
		return -EPROTO;
	}
	memmove(text, body + 4, strlen(body + 4) + 1);
	return 0;
}

int fetch_summary(const struct target *target, char **body, char reason[FETCH_REASON_SIZE])
{
	_cleanup_close_ int fd =
		target->socket ? connect_socket(target, reason) : connect_host(target, reason);
	uint64_t end_ms = end_of_time();
	char *text = NULL;
	int r;

	if (fd < 0)
		return fd;
	r = send_request(fd, target, end_ms);
	if (r == 0)
		r = receive(fd, end_ms, &text);
	if (r < 0) {
		snprintf(reason, FETCH_REASON_SIZE, "no answer from %s: %s", target->text,
			strerror(-r));
		return r;
	}
	r = take_body(target, text, reason);
	if (r < 0)
		free(text);
	else
		*body = text;
	return r;
}
