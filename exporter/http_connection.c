/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "http_connection.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http_request.h"
#include "http_response.h"

/*
 * After the last response the peer's bytes are thrown away for a while: closing with any of them
 * unread makes the kernel send a reset, which may overtake the response (RFC 9112 9.6).
 */
#define LINGER_SECONDS 2
#define LINGER_BYTES (1u << 20)

/* libevent's default of 16 KiB takes 900 rounds for a page of 100 000 series. */
#define WRITE_BYTES (256u << 10)

enum phase {
	PHASE_NEW,       /* no byte has come */
	PHASE_IDLE,      /* between two requests */
	PHASE_READING,   /* a request */
	PHASE_WRITING,   /* a response; nothing is read */
	PHASE_LINGERING, /* the last response is with the kernel */
};

struct http_connection {
	TAILQ_ENTRY(http_connection) link;
	struct http_service *service;
	struct bufferevent *stream;
	struct event *deadline;
	int fd;
	enum phase phase;
	unsigned long turn; /* when it became busy */
	struct http_request request;
	bool last; /* the response that is being written is */
	size_t discarded;
};

static bool phase_is_idle(enum phase phase)
{
	return phase == PHASE_IDLE || phase == PHASE_LINGERING;
}

static struct http_connections *connection_list(const struct http_connection *c)
{
	return phase_is_idle(c->phase) ? &c->service->idle : &c->service->busy;
}

/* Moves between the lists only where idleness changes: a request's age runs until it is answered. */
static void connection_enter(struct http_connection *c, enum phase phase)
{
	const struct http_limits *limits = &c->service->limits;
	const unsigned seconds[] = {
		[PHASE_NEW] = limits->idle_seconds,
		[PHASE_IDLE] = limits->idle_seconds,
		[PHASE_READING] = limits->request_seconds,
		[PHASE_WRITING] = limits->response_seconds,
		[PHASE_LINGERING] = LINGER_SECONDS,
	};

	if (phase_is_idle(phase) != phase_is_idle(c->phase)) {
		TAILQ_REMOVE(connection_list(c), c, link);
		c->phase = phase;
		c->turn = c->service->turn;
		TAILQ_INSERT_TAIL(connection_list(c), c, link);
	}
	c->phase = phase;
	evtimer_add(c->deadline, &(struct timeval){.tv_sec = seconds[phase]});
}

/*
 * The bufferevent does not own the file descriptor: bufferevent_free() closes it only in the loop's
 * next turn, and who sheds a connection needs it now.
 */
void http_connection_free(struct http_connection *c)
{
	struct http_service *service = c->service;

	TAILQ_REMOVE(connection_list(c), c, link);
	bufferevent_disable(c->stream, EV_READ | EV_WRITE);
	bufferevent_free(c->stream);
	event_free(c->deadline);
	/* A reset: what a slow reader left in the kernel's buffer would stay there for minutes. */
	if (c->phase == PHASE_WRITING)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1},
			sizeof(struct linger));
	close(c->fd);
	free(c);
	service->statistics.current_connections--;
	service->closed_cb(service);
}

struct http_connection *http_connection_to_shed(const struct http_service *service)
{
	struct http_connection *oldest = TAILQ_FIRST(&service->busy);

	if (!TAILQ_EMPTY(&service->idle))
		return TAILQ_FIRST(&service->idle);
	/* A turn to read the request, a turn to write the response, and where one overlaps. */
	return oldest && service->turn - oldest->turn >= 3 ? oldest : NULL;
}

/* Keeps the limit on queued output; `newest` itself stays, whatever its size. */
static void output_shed(struct http_service *service, const struct http_connection *newest)
{
	size_t bytes = 0;
	struct http_connection *c, *next;

	TAILQ_FOREACH(c, &service->busy, link)
	bytes += evbuffer_get_length(bufferevent_get_output(c->stream));
	for (c = TAILQ_FIRST(&service->busy); c && bytes > service->limits.output_bytes; c = next) {
		next = TAILQ_NEXT(c, link);
		if (c == newest || c->phase != PHASE_WRITING)
			continue;
		bytes -= evbuffer_get_length(bufferevent_get_output(c->stream));
		service->statistics.shed++;
		http_connection_free(c);
	}
}

static void statistics_count(struct http_statistics *statistics, int status)
{
	if (status >= 500)
		statistics->responses_5xx++;
	else if (status >= 400)
		statistics->responses_4xx++;
	else
		statistics->responses_2xx++;
}

/* Closes the connection if there is no memory for the response. */
static void connection_answer(struct http_connection *c, const struct http_answer *answer,
	struct evbuffer *body, enum http_persistence persistence)
{
	if (http_response_write(bufferevent_get_output(c->stream), answer, body, c->request.head,
		    persistence)) {
		http_connection_free(c);
		return;
	}
	statistics_count(&c->service->statistics, answer->status);
	c->last = persistence == HTTP_CLOSES;
	bufferevent_disable(c->stream, EV_READ);
	connection_enter(c, PHASE_WRITING);
	output_shed(c->service, c);
}

/* Nothing behind a request that is refused is ever read as one. */
static void connection_refuse(struct http_connection *c, int status)
{
	struct evbuffer *body = evbuffer_new();

	if (!body) {
		http_connection_free(c);
		return;
	}
	struct http_answer answer = http_response_refusal(status, body);
	connection_answer(c, &answer, body, HTTP_CLOSES);
	evbuffer_free(body);
}

static void connection_serve(struct http_connection *c, char *bytes)
{
	struct http_service *service = c->service;
	struct http_query query = http_request_query(&c->request, bytes);
	enum http_persistence persistence = HTTP_CLOSES;
	struct evbuffer *body = evbuffer_new();
	struct http_answer answer;

	if (!body) {
		http_connection_free(c);
		return;
	}
	answer = service->handler(&query, body, service->context);
	evbuffer_drain(bufferevent_get_input(c->stream), c->request.size);
	if (!answer.status) {
		evbuffer_drain(body, evbuffer_get_length(body));
		answer = http_response_refusal(404, body);
	} else if (c->request.keep_alive) {
		persistence = c->request.minor ? HTTP_PERSISTS : HTTP_PERSISTS_1_0;
	}
	connection_answer(c, &answer, body, persistence);
	evbuffer_free(body);
}

static void connection_read(struct http_connection *c)
{
	struct evbuffer *input = bufferevent_get_input(c->stream);
	size_t size = evbuffer_get_length(input);
	char *bytes = (char *)evbuffer_pullup(input, -1);
	int status;

	if (!size)
		return;
	if (c->phase != PHASE_READING)
		connection_enter(c, PHASE_READING);
	status = http_request_read(&c->request, bytes, size, c->service->limits.header_bytes);
	if (status == HTTP_REQUEST_COMPLETE)
		connection_serve(c, bytes);
	else if (status != HTTP_REQUEST_INCOMPLETE)
		connection_refuse(c, status);
}

static void connection_discard(struct http_connection *c)
{
	struct evbuffer *input = bufferevent_get_input(c->stream);
	size_t size = evbuffer_get_length(input);

	c->discarded += size;
	evbuffer_drain(input, size);
	if (c->discarded > LINGER_BYTES)
		http_connection_free(c);
}

static void connection_linger(struct http_connection *c)
{
	connection_enter(c, PHASE_LINGERING);
	shutdown(c->fd, SHUT_WR);
	bufferevent_enable(c->stream, EV_READ);
	connection_discard(c);
}

static void read_cb(struct bufferevent *stream, void *context)
{
	struct http_connection *c = context;

	(void)stream;
	if (c->phase == PHASE_LINGERING)
		connection_discard(c);
	else if (c->phase != PHASE_WRITING)
		connection_read(c);
}

/* The response is with the kernel. A pipelined request is answered in a turn of its own. */
static void written_cb(struct bufferevent *stream, void *context)
{
	struct http_connection *c = context;

	if (c->phase != PHASE_WRITING)
		return;
	if (c->last) {
		connection_linger(c);
		return;
	}
	connection_enter(c, PHASE_IDLE);
	c->request = (struct http_request){0};
	bufferevent_enable(stream, EV_READ);
	connection_read(c);
}

/* The peer has closed its side, or the connection has failed. */
static void ended_cb(struct bufferevent *stream, short what, void *context)
{
	struct http_connection *c = context;

	(void)stream;
	if (what & BEV_EVENT_EOF && c->phase == PHASE_READING)
		connection_refuse(c, 400);
	else
		http_connection_free(c);
}

static void deadline_cb(evutil_socket_t fd, short what, void *context)
{
	struct http_connection *c = context;

	(void)fd, (void)what;
	if (c->phase == PHASE_READING || c->phase == PHASE_WRITING)
		c->service->statistics.timed_out++;
	if (c->phase == PHASE_READING)
		connection_refuse(c, 408);
	else
		http_connection_free(c);
}

static int connection_allocate(struct http_connection *c)
{
	struct http_service *service = c->service;

	c->deadline = evtimer_new(service->base, deadline_cb, c);
	if (!c->deadline)
		return -ENOMEM;
	c->stream = bufferevent_socket_new(service->base, c->fd, 0);
	if (!c->stream) {
		event_free(c->deadline);
		return -ENOMEM;
	}
	return 0;
}

int http_connection_new(struct http_service *service, int fd)
{
	struct http_connection *c = calloc(1, sizeof(*c));

	if (c)
		*c = (struct http_connection){.service = service, .fd = fd, .turn = service->turn};
	if (!c || connection_allocate(c)) {
		free(c);
		close(fd);
		return -ENOMEM;
	}
	service->statistics.connections++;
	service->statistics.current_connections++;
	TAILQ_INSERT_TAIL(&service->busy, c, link);
	bufferevent_setcb(c->stream, read_cb, written_cb, ended_cb, c);
	/* What cannot belong to the request stays with the kernel, and then with the peer. */
	bufferevent_setwatermark(c->stream, EV_READ, 0, service->limits.header_bytes);
	bufferevent_set_max_single_write(c->stream, WRITE_BYTES);
	connection_enter(c, PHASE_NEW);
	if (!evtimer_pending(c->deadline, NULL) || bufferevent_enable(c->stream, EV_READ)) {
		http_connection_free(c);
		return -ENOMEM;
	}
	return 0;
}
