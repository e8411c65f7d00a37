/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Accepts connections, and limits their number.
 *
 * Each listening socket has an event rather than an evconnlistener. That would accept the whole
 * backlog at once, and each connection would be shed for the next before it is read.
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

#include "common/clock.h"
#include "common/invariant.h"
#include "common/log.h"
#include "http/connection.h"
#include "http/handshake.h"

const struct http_limits http_default_limits = {
	.connections = 64,
	.request_seconds = 5,
	.response_seconds = 10,
	.scrape_seconds = 120,
	/*
	 * Longer than Prometheus' longest useful scrape interval: samples become stale after 5
	 * minutes. If a connection is closed just when the next request arrives, that scrape fails.
	 */
	.idle_seconds = 330,
	.header_bytes = 32768, /* includes cookies of all services on this host */
	/* This and one exposition of 10 000 series, which takes 2 MiB, stay below 4 MiB. */
	.output_bytes = 1 << 20,
};

#define NO_FD_PAUSE_MS 100
#define ALL_BUSY_PAUSE_MS 5
#define LOG_INTERVAL_S 60

/* Bytes of a response that the kernel holds beyond the peer's window. */
#define UNSENT_BYTES (128 << 10)

struct http_server {
	struct http_service service;
	int listen_fds[HTTP_LISTENERS];
	struct event *accepts[HTTP_LISTENERS]; /* one for each of listen_fds */
	unsigned listeners;
	struct event *pause; /* while pending, nothing is accepted */
	uint64_t logged_s;   /* time of the last logged failure; 0: never */
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

static void shed(struct http_server *server, struct http_connection *connection)
{
	server->service.counts.shed++;
	http_connection_free(connection);
}

/* Either the timer or all accept events must stay pending, or nothing would be accepted again. */
static void accept_pause(struct http_server *server, unsigned ms)
{
	if (evtimer_add(server->pause, &(struct timeval){.tv_usec = ms * 1000}))
		return;
	for (unsigned i = 0; i < server->listeners; i++)
		event_del(server->accepts[i]);
}

/* event_add() may fail without memory, or at the limit of epoll. */
static void accept_resume(struct http_server *server)
{
	evtimer_del(server->pause);
	for (unsigned i = 0; i < server->listeners; i++) {
		if (event_add(server->accepts[i], NULL)) {
			accept_pause(server, NO_FD_PAUSE_MS);
			return;
		}
	}
}

/* Whether accept(2) failed because of this one connection, which is gone. */
static bool failure_is_transient(int error)
{
	switch (error) {
	case EAGAIN:
	case EINTR:
	case ECONNABORTED:
	case ENETDOWN:
	case EPROTO:
	case ENOPROTOOPT:
	case EHOSTDOWN:
	case ENONET:
	case EHOSTUNREACH:
	case EOPNOTSUPP:
	case ENETUNREACH:
		return true;
	default:
		return false;
	}
}

/* No connection can be shed yet. Waits to avoid a busy loop, unless the next turn changes that. */
static void accept_later(struct http_server *server)
{
	if (!http_service_is_unread(&server->service))
		accept_pause(server, ALL_BUSY_PAUSE_MS);
}

/*
 * The connection stays in the backlog, so the socket stays readable, and something must change
 * before the next attempt. If the process has no descriptor left, shedding a connection frees one.
 */
static void accept_failed(struct http_server *server, int error)
{
	struct http_service *service = &server->service;
	struct http_connection *oldest = http_service_to_shed(service);

	service->counts.accept_failures++;
	failure_log(server, error);
	if (error != EMFILE || !service->counts.current_connections)
		accept_pause(server, NO_FD_PAUSE_MS);
	else if (oldest)
		shed(server, oldest);
	else
		accept_later(server);
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

/* Accepts at most one connection per place in a turn, so that they are read in between. */
static void accept_cb(evutil_socket_t fd, short what, void *context)
{
	struct http_server *server = context;
	struct http_service *service = &server->service;

	(void)what;
	service->turn++;
	for (unsigned i = 0; i < service->limits.connections; i++) {
		struct http_connection *oldest = NULL;
		union address address = {0};
		socklen_t size = sizeof(address);
		int peer;

		if (service->counts.current_connections >= service->limits.connections) {
			oldest = http_service_to_shed(service);
			if (!oldest) {
				accept_later(server);
				return;
			}
		}
		peer = accept4(fd, &address.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (peer < 0) {
			/* The kernel returns EMFILE even if there is no connection to accept. */
			if (i == 0 && !failure_is_transient(errno))
				accept_failed(server, errno);
			return;
		}
		if (oldest)
			shed(server, oldest);
		http_connection_new(service, peer, peer_of(&address));
	}
}

static void pause_cb(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	accept_resume(context);
}

/* Sheds connections that stopped receiving, to make room for waiting requests. */
static void tick_cb(evutil_socket_t fd, short what, void *context)
{
	struct http_server *server = context;
	struct http_service *service = &server->service;
	struct http_connection *stalled;

	(void)fd, (void)what;
	service->ticks++;
	while (!TAILQ_EMPTY(&service->phases[HTTP_WAITING]) && !http_service_has_room(service) &&
		(stalled = http_service_stalled(service, HTTP_WRITING)))
		shed(server, stalled);
	http_connection_tick(service);
	if (!http_service_owed(service))
		evtimer_del(service->tick);
}

static void closed_cb(struct http_service *service)
{
	struct http_server *server = (struct http_server *)service;

	if (evtimer_pending(server->pause, NULL))
		accept_resume(server);
}

/*
 * Accepted sockets inherit these options, which saves a system call each. A failure only costs
 * speed. Unix sockets do not need them.
 */
static void listener_tune(int fd)
{
	const int on = 1, unsent = UNSENT_BYTES;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
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
		.closed_cb = closed_cb,
	};
	for (unsigned phase = 0; phase < HTTP_PHASES; phase++)
		TAILQ_INIT(&s->service.phases[phase]);
	s->pause = evtimer_new(base, pause_cb, s);
	s->service.tick = event_new(base, -1, EV_PERSIST, tick_cb, s);
	s->service.rest = evtimer_new(base, http_handshake_rested_cb, &s->service);
	s->service.step = evtimer_new(base, http_handshake_turned_cb, NULL);
	if (!s->pause || !s->service.tick || !s->service.rest || !s->service.step ||
		http_server_listen(s, listen_fd)) {
		http_server_free(s);
		return -ENOMEM;
	}
	*server = s;
	return 0;
}

int http_server_listen(struct http_server *server, int listen_fd)
{
	struct event *accept =
		event_new(server->service.base, listen_fd, EV_READ | EV_PERSIST, accept_cb, server);

	invariant(server->listeners < HTTP_LISTENERS);
	if (!accept || event_add(accept, NULL)) {
		if (accept)
			event_free(accept);
		return -ENOMEM;
	}
	server->accepts[server->listeners] = accept;
	server->listen_fds[server->listeners++] = listen_fd;
	listener_tune(listen_fd);
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

void http_server_name(struct http_server *server, const struct http_host_names *names)
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
	if (server->pause)
		event_free(server->pause);
	if (server->service.tick)
		event_free(server->service.tick);
	if (server->service.rest)
		event_free(server->service.rest);
	if (server->service.step)
		event_free(server->service.step);
	free(server);
}

const struct http_counts *http_server_counts(const struct http_server *server)
{
	return &server->service.counts;
}
