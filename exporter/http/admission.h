/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * What the connections of a server share. Chooses which one to close when there are too many, or
 * when bodies use too much memory. These functions only choose; connection.c closes.
 */
#ifndef REXMIT_HTTP_ADMISSION_H
#define REXMIT_HTTP_ADMISSION_H

#include <sys/queue.h>

#include "http/guard.h"
#include "http/host_names.h"
#include "http/http_server.h"

/* What a connection waits for. */
enum http_phase {
	HTTP_SILENT,  /* the first byte of its client */
	HTTP_ASKING,  /* the rest of a request; with TLS, includes the handshake */
	HTTP_WAITING, /* the server: to start its handshake, check its password, or have room */
	HTTP_READING, /* the kernel to take the rest of a response, as the client receives it */
	HTTP_IDLE,    /* the next request or, after the last response, the end */
	/* The last one: it has places of its own. */
	HTTP_FOLLOWING, /* what happens next: its client reads a feed */
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
	/* The first one has waited the longest since it entered the phase or, reading, progressed. */
	struct http_connections phases[HTTP_PHASES];
	unsigned in_phase[HTTP_PHASES];
	uint64_t served_ms;  /* what clients had sent by this time has been read */
	struct event *serve; /* serves waiting requests, and accepts waiting connections */
	struct event *rest;  /* pending while no handshake may start */
	struct event *step;  /* pending from a handshake step until the next turn */
	uint64_t rested_us;  /* CLOCK_MONOTONIC: handshakes have used their share up to here */
};

/* These append a connection to the list of its phase, remove it, and change its phase. */
void http_service_link(struct http_connection *connection);
void http_service_unlink(struct http_connection *connection);
void http_service_move(struct http_connection *connection, enum http_phase phase);

void http_service_count(struct http_service *service, int status);
/* To be called when a connection or a body was freed: serves those that wait in the next turn. */
void http_service_wake(struct http_service *service);

/*
 * Returns the connection to close for a new one: in the largest phase, the one that has waited the
 * longest. Returns NULL if the new one must wait: it has not waited for long enough, or it waits
 * for the server. Of the clients that receive a response, only those count that have stopped.
 *
 * So a fast scraper is not displaced by many clients that connect, keep connections, or read
 * slowly.
 */
struct http_connection *http_service_to_shed(const struct http_service *service);
/* Returns the reader of a feed that has received nothing for the longest, of those that stopped. */
struct http_connection *http_service_stalled_reader(const struct http_service *service);
/* Returns the connection to close for its body: its client has stopped to receive it. Or NULL. */
struct http_connection *http_service_to_free(const struct http_service *service);

/* Whether the bodies that clients are receiving leave room for another one. */
bool http_service_has_room(const struct http_service *service);
/* Whether the connection may use that room. It may not if another one has waited longer. */
bool http_service_admits(const struct http_connection *connection);
/* Returns the connection that has waited the longest for room, or for its handshake, or NULL. */
struct http_connection *http_service_next(const struct http_service *service, bool handshake);

#endif
