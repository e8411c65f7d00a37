/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * One connection: a request is read, answered, and only when the answer has gone the next one is
 * read. Every phase has an absolute deadline, which nothing that the peer does extends.
 */
#ifndef REXMIT_HTTP_CONNECTION_H
#define REXMIT_HTTP_CONNECTION_H

#include <sys/queue.h>

#include "http_server.h"

struct http_connection;
TAILQ_HEAD(http_connections, http_connection);

/* What the connections of one server share. */
struct http_service {
	struct event_base *base;
	struct http_limits limits;
	http_handler_cb handler;
	void *context;
	struct http_statistics statistics;
	struct http_connections idle; /* nothing is owed to them; the longest idle one first */
	struct http_connections busy; /* new, or with a request under way; the oldest first */
	unsigned long turn;           /* of the event loop, as the listener counts them */
	void (*closed_cb)(struct http_service *service); /* a file descriptor has become free */
};

/* Owns `fd` from here on, also when it fails. Returns 0 or -ENOMEM. */
int http_connection_new(struct http_service *service, int fd);
/* Closes it at once. A response of which the peer has not taken all is thrown away. */
void http_connection_free(struct http_connection *connection);

/*
 * The connection to close for the sake of a new one: the longest idle one, else the one whose
 * request is the oldest (of a new connection: which was accepted first). NULL if there is none or
 * even that one came so recently that the loop has not had the chance to read from it.
 */
struct http_connection *http_connection_to_shed(const struct http_service *service);

#endif
