/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The state that the connections of a server share. If there are too many connections, or bodies
 * use too much memory, these functions choose the connection to close.
 */
#ifndef REXMIT_HTTP_ADMISSION_H
#define REXMIT_HTTP_ADMISSION_H

#include <sys/queue.h>

#include "http/guard.h"
#include "http/host_names.h"
#include "http/http_server.h"

/* What a connection waits for. */
enum http_phase {
	HTTP_SILENT,  /* for the first byte of the client */
	HTTP_ASKING,  /* for the rest of a request; with TLS, also for the handshake */
	HTTP_WAITING, /* for the server: to start the handshake, check the password, or have room */
	HTTP_READING, /* for the client to receive the rest of a response */
	HTTP_IDLE,    /* for the next request, or, after the last response, for the end */
	/* For the next bytes of a feed. This phase is last, because its connections have separate
	 * places. */
	HTTP_FOLLOWING,
	HTTP_PHASES,
};

TAILQ_HEAD(http_connections, http_connection);

struct http_service {
	struct event_base *base;
	struct http_limits limits;
	http_handler_cb handler;
	void *context;
	struct http_guard *guard;                 /* NULL: neither TLS nor passwords */
	const struct http_host_names *host_names; /* NULL: requests for any host are answered */
	struct http_counts counts;
	/* The first connection of a list has waited the longest. The wait starts when the
	 * connection enters the phase, or when its client receives a part of the response. */
	struct http_connections phases[HTTP_PHASES];
	unsigned in_phase[HTTP_PHASES];
	uint64_t served_ms;  /* CLOCK_MONOTONIC; bytes that arrived before this time were read */
	struct event *serve; /* serves waiting requests, and accepts waiting connections */
	struct event *pause; /* pending while no handshake may start */
	struct event *step;  /* pending from a handshake step until the next turn */
	struct event *wrote; /* pending from a new body until the next turn */
	uint64_t resume_us;  /* CLOCK_MONOTONIC; no handshake starts before this time */
};

/* These functions append a connection to the list of its phase, remove it, or move it. */
void http_service_link(struct http_connection *connection);
void http_service_unlink(struct http_connection *connection);
void http_service_move(struct http_connection *connection, enum http_phase phase);

void http_service_count(struct http_service *service, int status);
/* Serves waiting clients in the next turn. Call this after a connection or a body was freed. */
void http_service_wake(struct http_service *service);

/*
 * Returns the connection to close for a new connection. It is the one that has waited the longest
 * in the phase with the most connections. Of the clients that receive a response, only those that
 * have stopped are counted. Returns NULL if the new connection must wait, because no connection may
 * be closed.
 *
 * This order protects a fast scraper from many clients that connect, keep connections, or read
 * slowly.
 */
struct http_connection *http_service_to_shed(const struct http_service *service);
/* Returns the reader of a feed that has received nothing for the longest time, or NULL. */
struct http_connection *http_service_stalled_reader(const struct http_service *service);
/*
 * Returns a connection whose client has stopped receiving its body. If there is none, returns the
 * connection with the oldest body, if a request has waited for PATIENCE_MS and the body has this
 * age, too. Otherwise returns NULL.
 */
struct http_connection *http_service_to_free(const struct http_service *service);

/* Whether there is room for another body besides those that clients are receiving. */
bool http_service_has_room(const struct http_service *service);
/*
 * Whether a new body may be written now: there is room for it, no other connection has waited
 * longer, and this turn has written no body. An exposition takes 20 ms with 10 000 series. So
 * requests that need one do not delay other clients and the collector by more than one.
 */
bool http_service_admits(const struct http_connection *connection);
/*
 * Returns the connection that has waited the longest for its handshake (`handshake`) or for room.
 * If no connection waits, returns NULL.
 */
struct http_connection *http_service_next(const struct http_service *service, bool handshake);

#endif
