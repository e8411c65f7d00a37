/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "http/exchange.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "http/body.h"
#include "http/connection.h"
#include "http/following.h"
#include "http/handler.h"
#include "http/response.h"

/* Some health checks send OPTIONS, such as those of haproxy. */
static const struct http_answer options_answer = {
	.status = 200,
	.text = "",
	.extra_headers = "Allow: GET, HEAD, OPTIONS\r\n",
};

/*
 * Sends a response. Without TLS, writes directly to the socket, so that the responses of one turn
 * do not use memory at the same time. The bufferevent sends the rest, and calls written_cb().
 */
static void exchange_write(struct http_connection *c, struct evbuffer *response)
{
	bufferevent_disable(c->stream, EV_READ);
	http_connection_enter(c, HTTP_READING);
	if (!http_connection_has_tls(c))
		evbuffer_write_atmost(response, c->fd, HTTP_WRITE_BYTES);
	if (evbuffer_get_length(response))
		bufferevent_write_buffer(c->stream, response);
	else
		bufferevent_trigger(c->stream, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
}

/* Gives the reference to `body` to the connection, even on failure. */
static int exchange_answer(struct http_connection *c, const struct http_answer *answer,
	struct http_body *body, enum http_persistence persistence)
{
	struct evbuffer *response = evbuffer_new();
	int error;

	c->body = body;
	if (!response)
		return -ENOMEM;
	error = http_response_write(response, answer, body, c->request.head, persistence);
	if (!error) {
		http_service_count(c->service, answer->status);
		c->last = persistence == HTTP_CLOSES;
		exchange_write(c, response);
	}
	evbuffer_free(response);
	return error;
}

int http_exchange_refuse(struct http_connection *c, int status, const char *why)
{
	return exchange_answer(
		c, &(struct http_answer){.status = status, .text = why}, NULL, HTTP_CLOSES);
}

/* Returns the input in one piece, or NULL if there is no memory. */
static char *exchange_bytes(const struct http_connection *c)
{
	return (char *)evbuffer_pullup(bufferevent_get_input(c->stream), -1);
}

static struct http_answer exchange_ask(struct http_connection *c, char *bytes)
{
	struct http_service *service = c->service;
	struct http_query query;

	if (c->request.options)
		return options_answer;
	query = http_request_query(&c->request, bytes);
	return service->handler(&query, service->context);
}

static int exchange_serve(
	struct http_connection *c, const struct http_answer *answer, struct http_body *body)
{
	enum http_persistence persistence = HTTP_CLOSES;

	evbuffer_drain(bufferevent_get_input(c->stream), c->request.size);
	if (c->request.keep_alive && answer->status != 404)
		persistence = c->request.minor ? HTTP_PERSISTS : HTTP_PERSISTS_1_0;
	return exchange_answer(c, answer, body, persistence);
}

static int exchange_wait(struct http_connection *c)
{
	if (c->phase != HTTP_WAITING) {
		bufferevent_disable(c->stream, EV_READ);
		http_connection_enter(c, HTTP_WAITING);
	}
	evtimer_add(c->service->serve, &(struct timeval){0});
	return 0;
}

#define FOREIGN "This request is from a page of another web site."

static int exchange_authorize(struct http_connection *c);

/* Checks the permission of a request again. Another certificate needs another connection. */
static int exchange_prove_again(struct http_connection *c)
{
	if (c->seen.certificates != c->service->guard->revoked.certificates)
		return -EACCES;
	return exchange_authorize(c);
}

int http_exchange_admit(struct http_connection *c)
{
	char *bytes = exchange_bytes(c);
	struct http_answer answer;
	struct http_body *body;

	if (!bytes)
		return -ENOMEM;
	if (http_connection_is_revoked(c))
		return exchange_prove_again(c);
	answer = exchange_ask(c, bytes);
	if (answer.feed && c->request.site != HTTP_SITE_OWN)
		return http_exchange_refuse(c, 403, FOREIGN);
	if (answer.feed && !c->request.head)
		return http_following_begin(c, &answer);
	if (!answer.source)
		return exchange_serve(c, &answer, NULL);
	body = http_body_shared(answer.source);
	if (!body && !http_service_admits(c))
		return exchange_wait(c);
	if (!body) {
		body = http_body_new(answer.source);
		evtimer_add(c->service->wrote, &(struct timeval){0});
	}
	return body ? exchange_serve(c, &answer, body)
		    : http_exchange_refuse(c, 503, HTTP_NO_MEMORY);
}

int http_exchange_decide(struct http_connection *c, enum http_verdict verdict)
{
	uint64_t *refusals = c->service->guard->refusals;

	switch (verdict) {
	case HTTP_GRANTED:
		return http_exchange_admit(c);
	case HTTP_DENIED:
		refusals[HTTP_REFUSED_PASSWORD]++;
		return http_exchange_refuse(c, 401, NULL);
	case HTTP_BUSY:
		refusals[HTTP_REFUSED_BUSY]++;
		return http_exchange_refuse(
			c, 503, "Too many passwords wait to be checked. Try again.");
	case HTTP_PENDING:
		bufferevent_disable(c->stream, EV_READ);
		http_connection_enter(c, HTTP_WAITING);
		break;
	}
	return 0;
}

static int exchange_authorize(struct http_connection *c)
{
	struct http_guard *guard = c->service->guard;
	char *bytes;
	const char *authorization;
	enum http_verdict verdict;

	if (!guard || !guard->passwords)
		return http_exchange_admit(c);
	bytes = exchange_bytes(c);
	if (!bytes)
		return -ENOMEM;
	authorization = http_request_authorization(&c->request, bytes);
	verdict = guard->authorize(guard, authorization, c->peer, c, &c->attempt);
	c->seen.users = guard->revoked.users; /* authorize() may have read the files again */
	return http_exchange_decide(c, verdict);
}

/* RFC 9110 15.5.20 */
#define MISDIRECTED                                                                                  \
	"The Host of the request is not an address, localhost or this host's name. If it is right, " \
	"add it to --web.host-names."

static bool exchange_is_misdirected(const struct http_connection *c, const char *bytes)
{
	const struct http_host_names *names = c->service->host_names;

	return names && !http_host_is_named(names, http_request_host(&c->request, bytes));
}

int http_exchange_read(struct http_connection *c)
{
	size_t size = evbuffer_get_length(bufferevent_get_input(c->stream));
	char *bytes;
	int status;

	if (!size)
		return 0;
	bytes = exchange_bytes(c);
	if (!bytes)
		return -ENOMEM;
	if (c->phase != HTTP_ASKING)
		http_connection_enter(c, HTTP_ASKING);
	status = http_request_read(&c->request, bytes, size, c->service->limits.header_bytes);
	if (status == HTTP_REQUEST_COMPLETE && exchange_is_misdirected(c, bytes))
		return http_exchange_refuse(c, 421, MISDIRECTED);
	if (status == HTTP_REQUEST_COMPLETE && c->request.site == HTTP_SITE_FOREIGN)
		return http_exchange_refuse(c, 403, FOREIGN);
	if (status == HTTP_REQUEST_COMPLETE)
		return exchange_authorize(c);
	return status == HTTP_REQUEST_INCOMPLETE ? 0 : http_exchange_refuse(c, status, NULL);
}
