/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The state that the connections of a server share, and the choice of the connection to close when
 * there are too many connections or when bodies use too much memory. connection.c closes it.
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
	HTTP_READING, /* for the kernel to accept the rest of a response, as the client receives it */
	HTTP_IDLE,    /* for the next request; after the last response, for the end */
	/* The last phase, because its connections have separate places. */
	HTTP_FOLLOWING, /* for the next bytes of a feed */
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
	/*
	 * The first connection in each list has waited the longest: since it entered the phase, or
	 * since its client last received a part of the response.
	 */
	struct http_connections phases[HTTP_PHASES];
	unsigned in_phase[HTTP_PHASES];
	uint64_t served_ms;  /* CLOCK_MONOTONIC: bytes that had arrived by then have been read */
	struct event *serve; /* serves waiting requests, and accepts waiting connections */
	struct event *pause; /* pending while no handshake may start */
	struct event *step;  /* pending from a handshake step until the next turn */
	uint64_t resume_us;  /* CLOCK_MONOTONIC: no handshake starts before */
};

/* Appends a connection to the list of its phase, removes it from that list, or moves it. */
void http_service_link(struct http_connection *connection);
void http_service_unlink(struct http_connection *connection);
void http_service_move(struct http_connection *connection, enum http_phase phase);

void http_service_count(struct http_service *service, int status);
/* Call this after a connection or a body was freed. The next turn serves clients that wait. */
void http_service_wake(struct http_service *service);

/*
 * Returns the connection to close for a new connection: in the phase with the most connections, the
 * one that has waited the longest. Of the clients that receive a response, only those that have
 * stopped count. Returns NULL if no connection in that phase has waited for long enough, or if all
 * wait for the server. The new connection must then wait.
 *
 * So a fast scraper is not displaced by many clients that connect, keep connections, or read
 * slowly.
 */
struct http_connection *http_service_to_shed(const struct http_service *service);
/* Returns the reader of a feed that stopped receiving the longest time ago, or NULL. */
struct http_connection *http_service_stalled_reader(const struct http_service *service);
/*
 * Returns a connection whose client has stopped receiving the body. If a request has waited for long,
 * returns a connection that receives the oldest body, if that has been sent for as long. Otherwise
 * returns NULL.
 */
struct http_connection *http_service_to_free(const struct http_service *service);

/* Whether the bodies that clients are receiving leave room for another one. */
bool http_service_has_room(const struct http_service *service);
/* Whether there is room, and no other connection has waited for it longer than this one. */
bool http_service_admits(const struct http_connection *connection);
/*
 * Returns the connection that has waited the longest: with `handshake`, for its handshake; otherwise
 * for room. Returns NULL if there is none.
 */
struct http_connection *http_service_next(const struct http_service *service, bool handshake);

#endif
