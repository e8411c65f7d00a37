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
 * Maximum number of input bytes that are discarded after the last response. If a connection is
 * closed with unread input, the kernel sends a reset. Because of the reset, the client may lose the
 * response (RFC 9112 9.6).
 */
#define LINGER_BYTES (1u << 20)

/* Maximum size of a read. libevent's default is 32 KiB, but most requests are short. */
#define READ_BYTES 2000

/*
 * Called when the output has changed. If the kernel has accepted bytes, the client makes progress.
 */
static void output_cb(struct evbuffer *output, const struct evbuffer_cb_info *info, void *context)
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

bool http_connection_is_revoked(const struct http_connection *c)
{
	struct http_guard *guard = c->service->guard;

	if (!guard)
		return false;
	guard->reload_if_changed(guard);
	return c->seen.certificates != guard->revoked.certificates ||
	       c->seen.users != guard->revoked.users;
}

/*
 * Frees the queued output and the descriptor now, to make room for another connection.
 * bufferevent_free() would free them in the next turn of the loop.
 */
static void connection_stream_free(struct http_connection *c)
{
	struct evbuffer *output = bufferevent_get_output(c->stream);

	evbuffer_remove_cb(output, output_cb, c);
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
	if (c->first_byte)
		event_free(c->first_byte);
	event_free(c->deadline);
	http_body_release(c->body);
	/* connect(2) to AF_UNSPEC sends a reset (tcp(7)). Without a reset, the output for a slow
	 * reader would stay in the kernel for minutes. After a failed handshake there is no reset,
	 * because the TLS alert must arrive. SO_LINGER would need another system call in the
	 * filter. */
	if (c->phase == HTTP_READING || (c->handshake_done && http_connection_undelivered(c) > 0))
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

static void connection_free_on(int error, struct http_connection *c)
{
	if (error)
		http_connection_free(c);
}

void http_connection_decided(void *connection, enum http_verdict verdict)
{
	struct http_connection *c = connection;

	c->attempt = NULL;
	connection_free_on(http_exchange_decide(c, verdict), c);
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

/* Closes connections that have stopped receiving their body, until there is room for a body. */
static void connection_make_room(struct http_service *service)
{
	while (!http_service_has_room(service)) {
		struct http_connection *c = http_service_to_free(service);

		if (!c)
			return;
		http_connection_shed(c);
	}
}

void http_connection_serve(struct http_service *service)
{
	struct http_connection *c, *next;

	if (http_service_next(service, false))
		connection_make_room(service);
	if (!http_service_has_room(service))
		return;
	for (c = TAILQ_FIRST(&service->phases[HTTP_WAITING]); c; c = next) {
		next = TAILQ_NEXT(c, link);
		if (c->stream && !c->attempt)
			connection_free_on(http_exchange_admit(c), c);
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
		connection_free_on(http_exchange_read(c), c);
}

static void connection_finish(struct http_connection *c)
{
	c->last = true;
	if (http_connection_has_tls(c))
		c->service->guard->stream_finish(c->stream);
	shutdown(c->fd, SHUT_WR);
}

/* Called when the kernel has the whole output. Then reads the next request, if it is pipelined. */
static void written_cb(struct bufferevent *stream, void *context)
{
	struct http_connection *c = context;

	if (c->phase == HTTP_FOLLOWING)
		c->feed->written(c->reader);
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
	if (service->guard)
		c->seen = service->guard->revoked;
	evbuffer_add_cb(bufferevent_get_output(c->stream), output_cb, c);
	bufferevent_setcb(c->stream, read_cb, written_cb, ended_cb, c);
	/* A read watermark is not used, because libevent 2.1 crashes if there is no memory for
	 * it. */
	bufferevent_set_max_single_read(c->stream, READ_BYTES);
	bufferevent_set_max_single_write(c->stream, HTTP_WRITE_BYTES);
	return bufferevent_enable(c->stream, EV_READ) ? -ENOMEM : 0;
}

/*
 * Answers a plain HTTP request on the TLS port in plain HTTP, because a reset would not explain the
 * error. OpenSSL has read the start of the request. The rest of the request is discarded.
 */
static int connection_answer_plain(struct http_connection *c)
{
	connection_stream_free(c);
	c->plain = c->handshake_done = true;
	if (connection_stream_new(c))
		return -ENOMEM;
	return http_exchange_refuse(c, 400, "This port serves HTTPS: use https:// with it.");
}

/* Called if TLS failed, or the peer closed the connection, before the handshake was complete. */
static void connection_handshake_failed(struct http_connection *c, short what)
{
	struct http_guard *guard = c->service->guard;
	int error = -EPROTO;

	if (what & BEV_EVENT_ERROR) {
		enum http_refusal refusal = guard->stream_refusal(c->stream);

		guard->refusals[refusal]++;
		if (refusal == HTTP_REFUSED_PLAIN)
			error = connection_answer_plain(c);
	}
	connection_free_on(error, c);
}

/* Called if the client sends no more, but still receives. TLS also allows this (RFC 8446 6.1). */
static void connection_half_closed(struct http_connection *c)
{
	connection_finish(c);
	http_connection_enter(c, HTTP_IDLE);
}

/* Called if the peer closed the connection, or if it failed. TCP_USER_TIMEOUT causes ETIMEDOUT. */
static void connection_ended(struct http_connection *c, short what)
{
	if (what & BEV_EVENT_ERROR && errno == ETIMEDOUT)
		c->service->counts.timed_out++;
	http_connection_free(c);
}

/* Called if the peer closed its side, the connection failed, or the TLS handshake is complete. */
static void ended_cb(struct bufferevent *stream, short what, void *context)
{
	struct http_connection *c = context;

	(void)stream;
	if (what & BEV_EVENT_CONNECTED) {
		c->handshake_done = true;
		return;
	}
	if (!c->handshake_done)
		connection_handshake_failed(c, what);
	else if (what & BEV_EVENT_EOF && c->phase == HTTP_ASKING && c->request.size)
		connection_free_on(http_exchange_refuse(c, 400, NULL), c);
	else if (what & BEV_EVENT_EOF && c->phase == HTTP_IDLE &&
		 http_connection_undelivered(c) > 0)
		connection_half_closed(c);
	else
		connection_ended(c, what);
}

/* Does not change the deadline: handshake and request together have one deadline. */
void http_connection_start_tls(struct http_connection *c)
{
	http_service_move(c, HTTP_ASKING);
	connection_free_on(connection_stream_new(c), c);
}

static void first_byte_cb(evutil_socket_t fd, short what, void *connection)
{
	(void)fd, (void)what;
	http_handshake_queue(connection);
}

static int connection_begin(struct http_connection *c)
{
	c->handshake_done = !http_connection_has_tls(c);
	http_connection_enter(c, HTTP_SILENT);
	if (!evtimer_pending(c->deadline, NULL))
		return -ENOMEM;
	if (c->handshake_done)
		return connection_stream_new(c);
	c->first_byte = event_new(c->service->base, c->fd, EV_READ, first_byte_cb, c);
	return c->first_byte && event_add(c->first_byte, NULL) == 0 ? 0 : -ENOMEM;
}

int http_connection_new(struct http_service *service, int fd, struct http_peer peer)
{
	struct http_connection *c = calloc(1, sizeof(*c));
	struct event *deadline = c ? evtimer_new(service->base, http_deadline_cb, c) : NULL;
	int error;

	if (!deadline) {
		free(c);
		close(fd);
		return -ENOMEM;
	}
	*c = (struct http_connection){
		.service = service, .fd = fd, .peer = peer, .deadline = deadline};
	service->counts.connections++;
	service->counts.current_connections++;
	http_service_link(c);
	error = connection_begin(c);
	connection_free_on(error, c);
	return error;
}
