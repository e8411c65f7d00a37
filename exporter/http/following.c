/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "http/following.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "common/clock.h"
#include "http/connection.h"
#include "http/exchange.h"
#include "http/feed.h"
#include "http/handler.h"
#include "http/response.h"

static size_t following_waiting_bytes(const struct http_connection *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->stream));
}

bool http_following_owes(const struct http_connection *c)
{
	return following_waiting_bytes(c) > 0;
}

size_t http_feed_room(const struct http_connection *c)
{
	size_t waiting = following_waiting_bytes(c), limit = c->service->limits.reader_bytes;

	return waiting < limit ? limit - waiting : 0;
}

int http_feed_send(struct http_connection *c, const void *bytes, size_t size)
{
	/* The client's time to receive a part of these bytes starts now. */
	if (!http_following_owes(c))
		http_service_move(c, HTTP_FOLLOWING);
	return bufferevent_write(c->stream, bytes, size) ? -ENOMEM : 0;
}

/* Returns whether there is a place. If necessary, closes a reader that has stopped receiving. */
static bool following_has_place(struct http_service *service)
{
	struct http_connection *stalled;

	if (service->in_phase[HTTP_FOLLOWING] < service->limits.readers)
		return true;
	stalled = http_service_stalled_reader(service);
	if (!stalled)
		return false;
	http_connection_shed(stalled);
	return true;
}

/* The header has no length, so the body ends with the connection (RFC 9112 6.3). */
static int following_send_header(struct http_connection *c, const struct http_answer *answer)
{
	struct evbuffer *header = evbuffer_new();
	int error =
		header ? http_response_write(header, answer, NULL, false, HTTP_CLOSES) : -ENOMEM;

	if (!error && bufferevent_write_buffer(c->stream, header))
		error = -ENOMEM;
	if (header)
		evbuffer_free(header);
	return error;
}

int http_following_begin(struct http_connection *c, const struct http_answer *answer)
{
	void *reader;

	if (!following_has_place(c->service))
		return http_exchange_refuse(c, 503,
			"Too many clients read this already. Close one of them, or try again.");
	reader = answer->feed->open(answer->feed, c);
	if (!reader)
		return http_exchange_refuse(c, 503, HTTP_NO_MEMORY);
	evbuffer_drain(bufferevent_get_input(c->stream), c->request.size);
	c->feed = answer->feed;
	c->reader = reader;
	c->last = true;
	http_service_count(c->service, answer->status);
	http_connection_enter(c, HTTP_FOLLOWING);
	/* Reading continues, to notice the end of the connection. */
	if (bufferevent_enable(c->stream, EV_READ))
		return -ENOMEM;
	return following_send_header(c, answer);
}

bool http_following_continues(struct http_connection *c)
{
	unsigned seconds = c->service->limits.response_seconds;
	uint64_t waited_ms = clock_ms(CLOCK_MONOTONIC) - c->since_ms;

	if (http_following_owes(c) && waited_ms >= 1000ull * seconds)
		return false;
	return evtimer_add(c->deadline, &(struct timeval){.tv_sec = seconds}) == 0;
}
