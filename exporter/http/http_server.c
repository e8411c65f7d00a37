/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The server accepts connections, and limits their number.
 *
 * Each listening socket has an event that reports waiting connections. The server accepts them at
 * the end of the turn, after it has read the bytes of other clients. An evconnlistener is not used,
 * because it accepts the whole backlog at once. The server would close connections, to make room,
 * before it has read their requests.
 */
#include "http/http_server.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/array.h"
#include "common/clock.h"
#include "common/invariant.h"
#include "common/log.h"
#include "common/unix_socket.h"
#include "http/connection.h"
#include "http/handshake.h"

#define NO_FD_PAUSE_MS 100
#define RETRY_MS 1 /* interval while a connection or a request must wait */
#define LOG_INTERVAL_S 60

/* Maximum number of bytes of a response that the kernel stores beyond the peer's window. */
#define UNSENT_BYTES (128 << 10)

struct http_server {
	struct http_service service;
	int listen_fds[HTTP_LISTENERS];
	struct event *accepts[HTTP_LISTENERS]; /* not pending while a connection waits */
	unsigned listeners;
	uint64_t logged_s; /* time of the last logged failure; 0: never */
};

static void failure_log(struct http_server *server, int error)
{
	uint64_t now_s = clock_s(CLOCK_MONOTONIC);

	if (server->logged_s && now_s - server->logged_s < LOG_INTERVAL_S)
		return;
	server->logged_s = now_s;
	log_warning("cannot accept a connection: %s (%llu times so far)", strerror(error),
		(unsigned long long)server->service.counts.accept_failures);
}

/* Whether accept(2) failed because of a single connection, which has disappeared. */
static bool failure_is_transient(int error)
{
	static const int errors[] = {EAGAIN, EINTR, ECONNABORTED, ENETDOWN, EPROTO, ENOPROTOOPT,
		EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH};

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i] == error)
			return true;
	return false;
}

/*
 * Handles a failure of accept(2). If the process has no free descriptor, closes a connection and
 * returns 0. Otherwise returns the milliseconds until the next attempt.
 */
static unsigned accept_failed(struct http_server *server, int error)
{
	struct http_service *service = &server->service;
	struct http_connection *oldest = http_service_to_shed(service);

	service->counts.accept_failures++;
	failure_log(server, error);
	if (error != EMFILE || !service->counts.current_connections)
		return NO_FD_PAUSE_MS;
	if (service->counts.current_connections == service->in_phase[HTTP_FOLLOWING])
		oldest = TAILQ_FIRST(&service->phases[HTTP_FOLLOWING]);
	if (!oldest)
		return RETRY_MS;
	http_connection_shed(oldest);
	return 0;
}

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static struct http_peer peer_of(const union address *address)
{
	struct http_peer peer = {.address = {[10] = 0xff, [11] = 0xff}};

	if (address->any.sa_family == AF_INET6)
		memcpy(peer.address, &address->v6.sin6_addr, sizeof(peer.address));
	else if (address->any.sa_family == AF_INET)
		memcpy(peer.address + 12, &address->v4.sin_addr, sizeof(address->v4.sin_addr));
	return peer;
}

/* Connections that read a feed have separate places. */
static bool is_full(const struct http_service *service)
{
	unsigned others = service->counts.current_connections - service->in_phase[HTTP_FOLLOWING];

	return others >= service->limits.connections;
}

/*
 * Accepts the connections that wait at a listener. In a turn, the server accepts at most one
 * connection for each place. It reads from these before it accepts others. In the turn that fills
 * the last place, it closes no connection, because a client may already have closed one. Returns 0,
 * or the milliseconds until the next attempt.
 */
static unsigned accept_waiting(struct http_server *server, int listen_fd)
{
	struct http_service *service = &server->service;
	bool was_full = is_full(service);

	for (unsigned i = 0; i < service->limits.connections; i++) {
		bool full = is_full(service);
		struct http_connection *oldest = full ? http_service_to_shed(service) : NULL;
		union address address = {0};
		socklen_t size = sizeof(address);
		int peer;

		if (full && !was_full)
			return 0;
		if (full && !oldest)
			return RETRY_MS;
		peer = accept4(listen_fd, &address.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		/* The kernel returns EMFILE even if there is no connection to accept. */
		if (peer < 0 && (i > 0 || failure_is_transient(errno)))
			return 0;
		if (peer < 0) {
			unsigned retry_ms = accept_failed(server, errno);

			if (retry_ms)
				return retry_ms;
			continue;
		}
		if (oldest)
			http_connection_shed(oldest);
		http_connection_new(service, peer, peer_of(&address));
	}
	return 0;
}

/*
 * Accepts connections from each listener. If no connection waits any more, the listener's event
 * becomes pending again. Returns 0, or the milliseconds until the next attempt.
 */
static unsigned accept_all(struct http_server *server)
{
	unsigned retry_ms = 0;

	for (unsigned i = 0; i < server->listeners; i++) {
		unsigned ms = 0;

		if (event_pending(server->accepts[i], EV_READ, NULL))
			continue;
		ms = accept_waiting(server, server->listen_fds[i]);
		/* event_add() fails without memory, and at the limit of epoll. */
		if (!ms && event_add(server->accepts[i], NULL))
			ms = NO_FD_PAUSE_MS;
		if (ms > retry_ms)
			retry_ms = ms;
	}
	return retry_ms;
}

/* Runs at the end of a turn in which a connection or a request waits. */
static void serve_cb(evutil_socket_t fd, short what, void *context)
{
	struct http_server *server = context;
	struct http_service *service = &server->service;
	unsigned retry_ms;

	(void)fd, (void)what;
	http_connection_serve(service);
	retry_ms = accept_all(server);
	if (!retry_ms && http_service_next(service, false))
		retry_ms = RETRY_MS;
	if (retry_ms)
		evtimer_add(service->serve, &(struct timeval){.tv_usec = retry_ms * 1000});
	service->served_ms = clock_ms(CLOCK_MONOTONIC);
}

/* Callback of service->step and service->wrote. Only the pending events have a meaning. */
static void turned_cb(evutil_socket_t none, short what, void *context)
{
	(void)none, (void)what, (void)context;
}

static void accept_cb(evutil_socket_t fd, short what, void *serve)
{
	(void)fd, (void)what;
	event_active(serve, EV_TIMEOUT, 0);
}

/*
 * Sets options that accepted sockets inherit. With TCP_USER_TIMEOUT, the kernel ends a connection
 * whose client does not acknowledge the response. Errors are ignored, because each option is for
 * only one kind of socket.
 */
static void listener_tune(int fd, unsigned response_seconds)
{
	const int on = 1, unsent = UNSENT_BYTES, timeout_ms = (int)response_seconds * 1000;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof(timeout_ms));
	unix_refuse_files(fd);
}

int http_server_new(struct http_server **server, struct event_base *base, int listen_fd,
	const struct http_limits *limits, http_handler_cb handler, void *context)
{
	struct http_server *s = calloc(1, sizeof(*s));

	invariant(limits->connections > 0);
	if (!s)
		return -ENOMEM;
	s->service = (struct http_service){
		.base = base,
		.limits = *limits,
		.handler = handler,
		.context = context,
	};
	for (unsigned phase = 0; phase < HTTP_PHASES; phase++)
		TAILQ_INIT(&s->service.phases[phase]);
	s->service.serve = evtimer_new(base, serve_cb, s);
	s->service.pause = evtimer_new(base, http_handshake_pause_ended_cb, &s->service);
	s->service.step = evtimer_new(base, turned_cb, NULL);
	s->service.wrote = evtimer_new(base, turned_cb, NULL);
	if (!s->service.serve || !s->service.pause || !s->service.step || !s->service.wrote ||
		http_server_listen(s, listen_fd)) {
		http_server_free(s);
		return -ENOMEM;
	}
	*server = s;
	return 0;
}

int http_server_listen(struct http_server *server, int listen_fd)
{
	struct event *accept = event_new(
		server->service.base, listen_fd, EV_READ, accept_cb, server->service.serve);

	invariant(server->listeners < HTTP_LISTENERS);
	if (!accept || event_add(accept, NULL)) {
		if (accept)
			event_free(accept);
		return -ENOMEM;
	}
	server->accepts[server->listeners] = accept;
	server->listen_fds[server->listeners++] = listen_fd;
	listener_tune(listen_fd, server->service.limits.response_seconds);
	return 0;
}

void http_server_set_guard(struct http_server *server, struct http_guard *guard)
{
	server->service.guard = guard;
	guard->decided_cb = http_connection_decided;
	guard->may_step_cb = http_handshake_may_step;
	guard->stepped_cb = http_handshake_stepped;
	guard->service = &server->service;
}

void http_server_set_host_names(struct http_server *server, const struct http_host_names *names)
{
	server->service.host_names = names;
}

void http_server_free(struct http_server *server)
{
	struct http_connection *connection;

	if (!server)
		return;
	for (unsigned phase = 0; phase < HTTP_PHASES; phase++)
		while ((connection = TAILQ_FIRST(&server->service.phases[phase])))
			http_connection_free(connection);
	for (unsigned i = 0; i < server->listeners; i++) {
		event_free(server->accepts[i]);
		close(server->listen_fds[i]);
	}
	if (server->service.serve)
		event_free(server->service.serve);
	if (server->service.pause)
		event_free(server->service.pause);
	if (server->service.step)
		event_free(server->service.step);
	if (server->service.wrote)
		event_free(server->service.wrote);
	free(server);
}

const struct http_counts *http_server_counts(const struct http_server *server)
{
	return &server->service.counts;
}
