/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "http_connection.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <limits.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http_body.h"
#include "http_response.h"

/*
 * After the last response the peer's bytes are thrown away for a while: closing with any of them
 * unread makes the kernel send a reset, which may overtake the response (RFC 9112 9.6).
 */
#define LINGER_SECONDS 2
#define LINGER_BYTES (1u << 20)

/* Most requests are shorter. libevent's default takes 32 KiB from each who sends without end. */
#define READ_BYTES 2000

/* libevent's default of 16 KiB takes 900 rounds for a page of 100 000 series. */
#define WRITE_BYTES (256u << 10)

static void connection_enter(struct http_connection *c, enum http_phase phase)
{
	const struct http_limits *limits = &c->service->limits;
	const struct timeval deadlines[HTTP_PHASES] = {
		[HTTP_NEW] = {.tv_sec = limits->idle_seconds},
		[HTTP_READING] = {.tv_sec = limits->request_seconds},
		[HTTP_CHECKING] = {.tv_sec = limits->response_seconds},
		[HTTP_WAITING] = {.tv_sec = limits->response_seconds},
		[HTTP_WRITING] = {.tv_sec = limits->response_seconds},
		[HTTP_LINGERING] = {.tv_sec = LINGER_SECONDS},
		[HTTP_IDLE] = {.tv_sec = limits->idle_seconds},
	};

	http_service_move(c, phase);
	evtimer_add(c->deadline, &deadlines[phase]);
}

static void taken_cb(struct evbuffer *output, const struct evbuffer_cb_info *info, void *context)
{
	struct http_connection *c = context;

	(void)output;
	if (info->n_deleted && c->phase == HTTP_WRITING) /* it is not the next to be shed */
		http_service_move(c, c->phase);
}

/* Bytes that the peer has not acknowledged; the end of the stream counts as one. */
static int undelivered(const struct http_connection *c)
{
	int bytes = 0;

	ioctl(c->fd, SIOCOUTQ, &bytes);
	return bytes;
}

/*
 * bufferevent_free() would close the file descriptor and free what is queued only in the loop's
 * next turn, and who sheds a connection needs both now.
 */
static bool has_tls(const struct http_connection *c)
{
	return c->service->security && c->service->security->tls;
}

static void stream_free(struct http_connection *c)
{
	if (has_tls(c))
		c->service->security->stream_free(c->stream);
	else
		bufferevent_free(c->stream);
}

void http_connection_free(struct http_connection *c)
{
	struct http_service *service = c->service;
	struct evbuffer *output = bufferevent_get_output(c->stream);

	if (c->attempt)
		service->security->authorize_cancel(c->attempt);
	http_service_unlink(c);
	evbuffer_remove_cb(output, taken_cb, c);
	bufferevent_disable(c->stream, EV_READ | EV_WRITE);
	evbuffer_unfreeze(output, 1);
	evbuffer_drain(output, evbuffer_get_length(output));
	stream_free(c);
	event_free(c->deadline);
	/*
	 * A reset (tcp(7), connect(2)): what a slow reader left in the kernel's buffer would stay
	 * there for minutes; not a TLS alert. SO_LINGER would cost the exporter's filter another system call.
	 */
	if (c->phase == HTTP_WRITING || (c->shaken && undelivered(c) > 0))
		connect(c->fd, &(struct sockaddr){.sa_family = AF_UNSPEC}, sizeof(struct sockaddr));
	close(c->fd);
	free(c);
	service->statistics.current_connections--;
	service->closed_cb(service);
}

/*
 * The kernel takes what it can at once, which is all of most pages: those of one turn of the loop
 * do not pile up. Waiting for the rest, or just to be called back, is the bufferevent's.
 */
static void connection_write(struct http_connection *c, struct evbuffer *response)
{
	c->undelivered = INT_MAX;
	bufferevent_disable(c->stream, EV_READ);
	connection_enter(c, HTTP_WRITING);
	if (!has_tls(c))
		evbuffer_write_atmost(response, c->fd, WRITE_BYTES);
	if (evbuffer_get_length(response))
		bufferevent_write_buffer(c->stream, response);
	else
		bufferevent_trigger(c->stream, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
}

/* Closes the connection if there is no memory for the response. */
static void connection_answer(struct http_connection *c, const struct http_answer *answer,
	struct evbuffer *body, enum http_persistence persistence)
{
	struct evbuffer *response = evbuffer_new();

	if (!response ||
		http_response_write(response, answer, body, c->request.head, persistence)) {
		http_connection_free(c);
	} else {
		http_service_count(c->service, answer->status);
		c->last = persistence == HTTP_CLOSES;
		c->response_bytes = evbuffer_get_length(response);
		if (answer->shared && !c->request.head)
			c->response_bytes -= answer->shared->size;
		connection_write(c, response);
	}
	if (response)
		evbuffer_free(response);
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

static struct http_answer connection_ask(struct http_connection *c, struct evbuffer *body)
{
	struct http_service *service = c->service;
	struct evbuffer *input = bufferevent_get_input(c->stream);
	struct http_query query =
		http_request_query(&c->request, (char *)evbuffer_pullup(input, -1));

	query.crowded = !http_service_has_room(service);
	query.body_bytes = &service->body_bytes;
	return service->handler(&query, body, service->context);
}

/* Answers with what the handler gave. */
static void connection_serve(
	struct http_connection *c, struct http_answer *answer, struct evbuffer *body)
{
	enum http_persistence persistence = HTTP_CLOSES;

	evbuffer_drain(bufferevent_get_input(c->stream), c->request.size);
	if (!answer->status) {
		evbuffer_drain(body, evbuffer_get_length(body));
		*answer = http_response_refusal(404, body);
	} else if (c->request.keep_alive) {
		persistence = c->request.minor ? HTTP_PERSISTS : HTTP_PERSISTS_1_0;
	}
	if (answer->shared && http_body_append(answer->shared, body))
		http_connection_free(c);
	else
		connection_answer(c, answer, body, persistence);
}

/* Serves it now or, while the output of others fills the memory, later. */
static void connection_admit(struct http_connection *c)
{
	struct evbuffer *body = evbuffer_new();
	struct http_answer answer;

	if (!body) {
		http_connection_free(c);
		return;
	}
	answer = connection_ask(c, body);
	if (answer.status != HTTP_ANSWER_LATER) {
		connection_serve(c, &answer, body);
	} else if (c->phase != HTTP_WAITING) {
		bufferevent_disable(c->stream, EV_READ);
		connection_enter(c, HTTP_WAITING);
	}
	http_body_release(answer.shared);
	evbuffer_free(body);
}

static void connection_judge(struct http_connection *c, enum http_verdict verdict)
{
	uint64_t *refusals = c->service->security->refusals;

	switch (verdict) {
	case HTTP_GRANTED:
		connection_admit(c);
		break;
	case HTTP_DENIED:
		refusals[HTTP_REFUSED_PASSWORD]++;
		connection_refuse(c, 401);
		break;
	case HTTP_BUSY:
		refusals[HTTP_REFUSED_BUSY]++;
		connection_refuse(c, 503);
		break;
	case HTTP_PENDING:
		bufferevent_disable(c->stream, EV_READ);
		connection_enter(c, HTTP_CHECKING);
		break;
	}
}

void http_connection_decided(void *connection, enum http_verdict verdict)
{
	struct http_connection *c = connection;

	c->attempt = NULL;
	connection_judge(c, verdict);
}

static void connection_authorize(struct http_connection *c)
{
	struct http_security *security = c->service->security;
	struct evbuffer *input = bufferevent_get_input(c->stream);
	const char *authorization;

	if (!security || !security->passwords) {
		connection_admit(c);
		return;
	}
	authorization = http_request_authorization(&c->request, (char *)evbuffer_pullup(input, -1));
	connection_judge(c, security->authorize(security, authorization, c->peer, c, &c->attempt));
}

static void connection_read(struct http_connection *c)
{
	struct evbuffer *input = bufferevent_get_input(c->stream);
	size_t size = evbuffer_get_length(input);
	char *bytes = (char *)evbuffer_pullup(input, -1);
	int status;

	if (!size)
		return;
	if (c->phase != HTTP_READING)
		connection_enter(c, HTTP_READING);
	status = http_request_read(&c->request, bytes, size, c->service->limits.header_bytes);
	if (status == HTTP_REQUEST_COMPLETE)
		connection_authorize(c);
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

/*
 * The peer's kernel does not acknowledge more than its reader makes room for, so this is how a slow
 * reader of a small page is known. Nothing reports acknowledgements.
 */
static void connection_drain(struct http_connection *c)
{
	int bytes = undelivered(c);

	if (!bytes) {
		connection_enter(c, c->last ? HTTP_LINGERING : HTTP_IDLE);
		bufferevent_enable(c->stream, EV_READ);
	} else if (bytes < c->undelivered) {
		http_service_move(c, c->phase);
	}
	c->undelivered = bytes;
}

void http_connection_tick(struct http_service *service)
{
	struct http_connection *c, *next;

	for (c = TAILQ_FIRST(&service->phases[HTTP_DRAINING]); c; c = next) {
		next = TAILQ_NEXT(c, link);
		connection_drain(c);
	}
	for (c = TAILQ_FIRST(&service->phases[HTTP_WAITING]); c; c = next) {
		next = TAILQ_NEXT(c, link);
		connection_admit(c);
	}
}

static void read_cb(struct bufferevent *stream, void *context)
{
	struct http_connection *c = context;

	(void)stream;
	if (c->phase == HTTP_WRITING || c->phase == HTTP_WAITING || c->phase == HTTP_CHECKING)
		return;
	if (c->last)
		connection_discard(c);
	else
		connection_read(c);
}

static void connection_finish(struct http_connection *c)
{
	c->last = true;
	if (has_tls(c))
		c->service->security->stream_finish(c->stream);
	shutdown(c->fd, SHUT_WR);
}

/*
 * The response is with the kernel, and must leave it by the same deadline. A pipelined request is
 * answered in a turn of its own.
 */
static void written_cb(struct bufferevent *stream, void *context)
{
	struct http_connection *c = context;

	if (c->phase != HTTP_WRITING)
		return;
	c->request = (struct http_request){0};
	if (c->last)
		connection_finish(c);
	http_service_move(c, HTTP_DRAINING);
	connection_drain(c);
	bufferevent_enable(stream, EV_READ);
	read_cb(stream, c);
}

/* The peer has closed its side, or the connection has failed; or TLS is ready for the request. */
static void ended_cb(struct bufferevent *stream, short what, void *context)
{
	struct http_connection *c = context;

	if (what & BEV_EVENT_CONNECTED) {
		c->shaken = true;
		return;
	}
	if (what & BEV_EVENT_ERROR && !c->shaken)
		c->service->security->refusals[c->service->security->stream_refusal(stream)]++;
	if (!c->shaken)
		http_connection_free(c);
	else if (what & BEV_EVENT_EOF && c->phase == HTTP_READING && c->request.size)
		connection_refuse(c, 400);
	/* Who ends TLS has read what he wanted (RFC 8446 6.1), and is not seen to reset it. */
	else if (what & BEV_EVENT_EOF && c->phase == HTTP_DRAINING && !has_tls(c) &&
		 undelivered(c) > 0)
		connection_finish(c);
	else
		http_connection_free(c);
}

static void deadline_cb(evutil_socket_t fd, short what, void *context)
{
	struct http_connection *c = context;

	(void)fd, (void)what;
	switch (c->phase) {
	case HTTP_CHECKING:
		c->service->security->authorize_cancel(c->attempt);
		c->attempt = NULL;
		/* fall through */
	case HTTP_WAITING:
		c->service->statistics.timed_out++;
		connection_refuse(c, 503);
		break;
	case HTTP_READING:
		c->service->statistics.timed_out++;
		if (c->shaken)
			connection_refuse(c, 408);
		else
			http_connection_free(c);
		break;
	case HTTP_WRITING:
	case HTTP_DRAINING:
		c->service->statistics.timed_out++;
		http_connection_free(c);
		break;
	default:
		http_connection_free(c);
	}
}

static int connection_allocate(struct http_connection *c)
{
	struct http_service *service = c->service;

	c->deadline = evtimer_new(service->base, deadline_cb, c);
	if (!c->deadline)
		return -ENOMEM;
	c->stream = has_tls(c)
			    ? service->security->stream_new(service->security, service->base, c->fd)
			    : bufferevent_socket_new(service->base, c->fd, 0);
	if (!c->stream) {
		event_free(c->deadline);
		return -ENOMEM;
	}
	return 0;
}

int http_connection_new(struct http_service *service, int fd, struct http_peer peer)
{
	struct http_connection *c = calloc(1, sizeof(*c));

	if (c)
		*c = (struct http_connection){.service = service, .fd = fd, .peer = peer};
	if (!c || connection_allocate(c)) {
		free(c);
		close(fd);
		return -ENOMEM;
	}
	service->statistics.connections++;
	service->statistics.current_connections++;
	http_service_link(c);
	evbuffer_add_cb(bufferevent_get_output(c->stream), taken_cb, c);
	bufferevent_setcb(c->stream, read_cb, written_cb, ended_cb, c);
	/* No watermark keeps the input short, as libevent 2.1 dies of setting one without memory:
	 * reading stops when a request is complete or too long, so one read is the excess. */
	bufferevent_set_max_single_read(c->stream, READ_BYTES);
	bufferevent_set_max_single_write(c->stream, WRITE_BYTES);
	c->shaken = !has_tls(c);
	connection_enter(c, c->shaken ? HTTP_NEW : HTTP_READING);
	if (!evtimer_pending(c->deadline, NULL) || bufferevent_enable(c->stream, EV_READ)) {
		http_connection_free(c);
		return -ENOMEM;
	}
	return 0;
}
