/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A connection reads a request, sends the response, and only then reads the next request. Each
 * phase has an absolute deadline. A client may announce a timeout, as Prometheus does. While such a
 * client makes progress, it gets a later deadline for the response.
 */
#ifndef REXMIT_HTTP_CONNECTION_H
#define REXMIT_HTTP_CONNECTION_H

#include <event2/util.h>
#include <sys/queue.h>

#include "http/admission.h"
#include "http/request.h"

/*
 * Maximum size of a write to the kernel. libevent's default of 16 KiB would need 900 turns for an
 * exposition of 100 000 series.
 */
#define HTTP_WRITE_BYTES (256u << 10)

struct http_feed;

struct http_connection {
	TAILQ_ENTRY(http_connection) link;
	struct http_service *service;
	struct bufferevent *stream; /* with TLS, NULL until the handshake starts */
	struct event *first_byte;   /* with TLS: waits for the first byte */
	struct event *deadline;
	int fd;
	enum http_phase phase; /* selects the list that contains the connection */
	uint64_t since_ms;     /* CLOCK_MONOTONIC when the list got the connection */
	uint64_t end_ms;       /* CLOCK_MONOTONIC when the kernel must have the whole response */
	struct http_request request;
	struct http_body *body; /* the body to which the output refers, or NULL */
	struct http_feed *feed; /* the feed that the client reads, or NULL */
	void *reader;           /* the result of feed->open() */
	bool last;              /* the present response is the last */
	bool plain;             /* the client uses plain HTTP on a TLS port */
	bool handshake_done;    /* true without TLS */
	struct http_peer peer;
	struct http_revocations seen; /* value when the client proved its permission */
	struct http_attempt *attempt; /* the running check of the password, or NULL */
	size_t discarded;             /* bytes of input after the last response */
};

/* The connection owns `fd`. On failure, `fd` is closed. Returns 0 or -ENOMEM. */
int http_connection_new(struct http_service *service, int fd, struct http_peer peer);
/* Changes the phase and sets its deadline (deadline.c). */
void http_connection_enter(struct http_connection *connection, enum http_phase phase);
void http_deadline_cb(evutil_socket_t fd, short what, void *connection);
bool http_connection_has_tls(const struct http_connection *connection);
/* Whether the permission of the client may have been withdrawn since the client proved it. */
bool http_connection_is_revoked(const struct http_connection *connection);
void http_connection_start_tls(struct http_connection *connection);
/* A decided_cb() of struct http_guard. */
void http_connection_decided(void *connection, enum http_verdict verdict);
/* Closes the connection immediately. The rest of a response is discarded. */
void http_connection_free(struct http_connection *connection);
/* Like http_connection_free(), to make room for another connection or body. */
void http_connection_shed(struct http_connection *connection);
/* Serves requests that wait for room, while there is room. */
void http_connection_serve(struct http_service *service);
/* Returns the number of bytes that the peer has not acknowledged. The FIN counts as one byte. */
int http_connection_undelivered(const struct http_connection *connection);

#endif
