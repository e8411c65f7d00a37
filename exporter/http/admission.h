/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * What the connections of a server share. Chooses which one to close when there are too many, or
 * when too much output is queued. These functions only choose; connection.c closes.
 */
#ifndef REXMIT_HTTP_SERVICE_H
#define REXMIT_HTTP_SERVICE_H

#include <sys/queue.h>

#include "http/guard.h"
#include "http/host_names.h"
#include "http/http_server.h"

enum http_phase {
	HTTP_NEW,       /* nothing received */
	HTTP_QUEUING,   /* waiting for its TLS handshake */
	HTTP_READING,   /* receiving a request; with TLS, includes the handshake */
	HTTP_CHECKING,  /* request received, its password is being checked */
	HTTP_WAITING,   /* request received, no room for the response */
	HTTP_WRITING,   /* sending a response; not reading */
	HTTP_DRAINING,  /* the kernel has the response, the peer has not acknowledged it */
	HTTP_LINGERING, /* the last response is acknowledged */
	HTTP_IDLE,      /* between two requests */
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
	/* In the order in which they entered the phase or, while receiving, last made progress. */
	struct http_connections phases[HTTP_PHASES];
	unsigned in_phase[HTTP_PHASES];
	unsigned long turn;  /* of the event loop, counted by the listener */
	unsigned long ticks; /* a clock that runs while a response is owed */
	struct event *tick;
	struct event *rest; /* pending while no handshake may start */
	struct event *step; /* pending from a handshake step until the next turn */
	uint64_t rested_us; /* CLOCK_MONOTONIC: handshakes have used their share up to here */
	void (*closed_cb)(struct http_service *service); /* a file descriptor was closed */
};

/* These append a connection to the list of its phase, remove it, and change its phase. */
void http_service_link(struct http_connection *connection);
void http_service_unlink(struct http_connection *connection);
void http_service_move(struct http_connection *connection, enum http_phase phase);

/* Number of connections that wait for a response or are receiving it. */
unsigned http_service_owed(const struct http_service *service);
void http_service_count(struct http_service *service, int status);

/*
 * Returns the connection to close for a new one, or NULL. The order is:
 * 1. one that lingers after its last response;
 * 2. one that stopped receiving its response, if more than half are owed one, or all are;
 * 3. the oldest idle one or the oldest reading one, of the kind that has more. With TLS, only if as
 *    many have started as not;
 * 4. the oldest one that has not started, if it is silent.
 *
 * So a fast scraper is not displaced by many clients that connect, keep connections, or read
 * slowly.
 */
struct http_connection *http_service_to_shed(const struct http_service *service);
/* Whether http_service_to_shed() may find one after the loop has read the newest connections. */
bool http_service_is_unread(const struct http_service *service);

/* Whether the bodies that clients are receiving leave room for another one. */
bool http_service_has_room(const struct http_service *service);
/* Whether the connection may use that room. It may not if another one has waited longer. */
bool http_service_admits(const struct http_connection *connection);
/* Returns a connection in HTTP_WRITING or HTTP_DRAINING that makes no progress, or NULL. */
struct http_connection *http_service_stalled(
	const struct http_service *service, enum http_phase phase);

#endif
