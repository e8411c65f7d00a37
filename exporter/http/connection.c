/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "http/connection.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/body.h"
#include "http/exchange.h"
#include "http/feed.h"
#include "http/handshake.h"

/*
 * After the last response, this much input is discarded: closing with unread input makes the kernel
 * send a reset, which may overtake the response (RFC 9112 9.6).
 */
#define LINGER_BYTES (1u << 20)

/* Most requests are shorter. libevent's default would read 32 KiB from a client at once. */
#define READ_BYTES 2000

static void taken_cb(struct evbuffer *output, const struct evbuffer_cb_info *info, void *context)
{
	struct http_connection *c = context;

	(void)output;
	if (info->n_deleted && (c->phase == HTTP_READING || c->phase == HTTP_FOLLOWING))
		http_service_move(c, c->phase);
}

int http_connection_undelivered(const struct http_connection *c)
{
	int bytes = 0;

	ioctl(c->fd, SIOCOUTQ, &bytes);
	return bytes;
}

bool http_connection_has_tls(const struct http_connection *c)
{
	return c->service->guard && c->service->guard->tls && !c->plain;
}

/*
 * bufferevent_free() would close the descriptor and free the queued output only in the next turn of
 * the loop. To shed a connection, both must happen now.
 */
static void connection_stream_free(struct http_connection *c)
{
	struct evbuffer *output = bufferevent_get_output(c->stream);

	evbuffer_remove_cb(output, taken_cb, c);
	bufferevent_disable(c->stream, EV_READ | EV_WRITE);
	evbuffer_unfreeze(output, 1);
	evbuffer_drain(output, evbuffer_get_length(output));
	if (http_connection_has_tls(c))
		c->service->guard->stream_free(c->stream);
	else
		bufferevent_free(c->stream);
}

void http_connection_free(struct http_connection *c)
{
	struct http_service *service = c->service;

	if (c->attempt)
		service->guard->authorize_cancel(c->attempt);
	if (c->feed)
		c->feed->close(c->reader);
	http_service_unlink(c);
	if (c->stream)
		connection_stream_free(c);
	if (c->knock)
		event_free(c->knock);
	event_free(c->deadline);
	http_body_release(c->body);
	/*
	 * Sends a reset (tcp(7), connect(2)): otherwise the unread output of a slow reader would
	 * stay in the kernel for minutes. A TLS alert does not need it. SO_LINGER would need
	 * another system call in the filter.
	 */
	if (c->phase == HTTP_READING || (c->shaken && http_connection_undelivered(c) > 0))
		connect(c->fd, &(struct sockaddr){.sa_family = AF_UNSPEC}, sizeof(struct sockaddr));
	close(c->fd);
	free(c);
	service->counts.current_connections--;
	http_service_wake(service);
}

void http_connection_shed(struct http_connection *c)
{
	c->service->counts.shed++;
	http_connection_free(c);
}

/* Frees a connection that cannot continue: its exchange or its handshake failed. */
static void connection_settle(struct http_connection *c, int error)
{
	if (error)
		http_connection_free(c);
}

void http_connection_decided(void *connection, enum http_verdict verdict)
{
	struct http_connection *c = connection;

	c->attempt = NULL;
	connection_settle(c, http_exchange_decide(c, verdict));
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

void http_connection_serve(struct http_service *service)
{
	struct http_connection *c, *next;

	while (http_service_next(service, false) && !http_service_has_room(service) &&
		(c = http_service_to_free(service)))
		http_connection_shed(c);
	if (!http_service_has_room(service))
		return;
	for (c = TAILQ_FIRST(&service->phases[HTTP_WAITING]); c; c = next) {
		next = TAILQ_NEXT(c, link);
		if (c->stream && !c->attempt)
			connection_settle(c, http_exchange_admit(c));
	}
}

static void read_cb(struct bufferevent *stream, void *context)
{
	struct http_connection *c = context;

	(void)stream;
	if (c->phase == HTTP_WAITING || c->phase == HTTP_READING)
		return;
	if (c->last)
		connection_discard(c);
	else
		connection_settle(c, http_exchange_read(c));
}

static void connection_finish(struct http_connection *c)
{
	c->last = true;
	if (http_connection_has_tls(c))
		c->service->guard->stream_finish(c->stream);
	shutdown(c->fd, SHUT_WR);
}

/* The kernel has the response. A pipelined request is answered in a later turn. */
static void written_cb(struct bufferevent *stream, void *context)
{
	struct http_connection *c = context;

	if (c->phase == HTTP_FOLLOWING)
		c->feed->taken(c->reader);
	if (c->phase != HTTP_READING)
		return;
	http_body_release(c->body);
	c->body = NULL;
	http_service_wake(c->service);
	if (c->last)
		connection_finish(c);
	http_connection_enter(c, HTTP_IDLE);
	c->request = (struct http_request){0};
	bufferevent_enable(stream, EV_READ);
	read_cb(stream, c);
}

static void ended_cb(struct bufferevent *stream, short what, void *context);

static int connection_stream_new(struct http_connection *c)
{
	struct http_service *service = c->service;

	c->stream = http_connection_has_tls(c)
			    ? service->guard->stream_new(service->guard, service->base, c->fd)
			    : bufferevent_socket_new(service->base, c->fd, 0);
	if (!c->stream)
		return -ENOMEM;
	evbuffer_add_cb(bufferevent_get_output(c->stream), taken_cb, c);
	bufferevent_setcb(c->stream, read_cb, written_cb, ended_cb, c);
	/*
	 * Not a read watermark: libevent 2.1 crashes when it sets one without memory. Reading stops
	 * when a request is complete or too long, so the excess is at most one read.
	 */
	bufferevent_set_max_single_read(c->stream, READ_BYTES);
	bufferevent_set_max_single_write(c->stream, HTTP_WRITE_BYTES);
	return bufferevent_enable(c->stream, EV_READ) ? -ENOMEM : 0;
}

/*
 * Answers HTTP on the TLS port in plain HTTP, because a reset would not explain the error. OpenSSL
 * has consumed the start of the request, so the rest is discarded.
 */
static int connection_answer_plain(struct http_connection *c)
{
	connection_stream_free(c);
	c->plain = c->shaken = true;
	if (connection_stream_new(c))
		return -ENOMEM;
	return http_exchange_refuse(c, 400, "This port serves HTTPS: use https:// with it.");
}

/* TLS failed, or the peer closed the connection, before the handshake was complete. */
static void connection_unshaken(struct http_connection *c, short what)
{
	struct http_guard *guard = c->service->guard;
	enum http_refusal refusal = HTTP_REFUSALS;

	if (what & BEV_EVENT_ERROR) {
		refusal = guard->stream_refusal(c->stream);
		guard->refusals[refusal]++;
	}
	connection_settle(c, refusal == HTTP_REFUSED_PLAIN ? connection_answer_plain(c) : -EPROTO);
}

/* The client still receives. Of TLS, too, the end is that of its side only (RFC 8446 6.1). */
static void connection_half_closed(struct http_connection *c)
{
	connection_finish(c);
	http_connection_enter(c, HTTP_IDLE);
}

/* The peer closed the connection, or it failed, also because nothing was acknowledged in time. */
static void connection_ended(struct http_connection *c, short what)
{
	if (what & BEV_EVENT_ERROR && errno == ETIMEDOUT)
		c->service->counts.timed_out++;
	http_connection_free(c);
}

/* The peer closed its side, the connection failed, or the TLS handshake is complete. */
static void ended_cb(struct bufferevent *stream, short what, void *context)
{
	struct http_connection *c = context;

	(void)stream;
	if (what & BEV_EVENT_CONNECTED) {
		c->shaken = true;
		return;
	}
	if (!c->shaken)
		connection_unshaken(c, what);
	else if (what & BEV_EVENT_EOF && c->phase == HTTP_ASKING && c->request.size)
		connection_settle(c, http_exchange_refuse(c, 400, NULL));
	else if (what & BEV_EVENT_EOF && c->phase == HTTP_IDLE &&
		 http_connection_undelivered(c) > 0)
		connection_half_closed(c);
	else
		connection_ended(c, what);
}

/* Keeps the deadline: handshake and request share that of the first byte. */
void http_connection_secure(struct http_connection *c)
{
	http_service_move(c, HTTP_ASKING);
	connection_settle(c, connection_stream_new(c));
}

static void knock_cb(evutil_socket_t fd, short what, void *connection)
{
	(void)fd, (void)what;
	http_handshake_queue(connection);
}

static int connection_begin(struct http_connection *c)
{
	c->shaken = !http_connection_has_tls(c);
	http_connection_enter(c, HTTP_SILENT);
	if (!evtimer_pending(c->deadline, NULL))
		return -ENOMEM;
	if (c->shaken)
		return connection_stream_new(c);
	c->knock = event_new(c->service->base, c->fd, EV_READ, knock_cb, c);
	return c->knock && event_add(c->knock, NULL) == 0 ? 0 : -ENOMEM;
}

int http_connection_new(struct http_service *service, int fd, struct http_peer peer)
{
	struct http_connection *c = calloc(1, sizeof(*c));
	int error;

	if (c)
		*c = (struct http_connection){.service = service, .fd = fd, .peer = peer};
	if (!c || !(c->deadline = evtimer_new(service->base, http_deadline_cb, c))) {
		free(c);
		close(fd);
		return -ENOMEM;
	}
	service->counts.connections++;
	service->counts.current_connections++;
	http_service_link(c);
	error = connection_begin(c);
	connection_settle(c, error);
	return error;
}
