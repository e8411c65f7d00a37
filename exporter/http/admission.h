/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * What the connections of one server share, and who of them goes when there are too many or too
 * much is queued for them. Its functions only choose; connection.c closes.
 */
#ifndef REXMIT_HTTP_SERVICE_H
#define REXMIT_HTTP_SERVICE_H

#include <sys/queue.h>

#include "http/guard.h"
#include "http/host_names.h"
#include "http/http_server.h"

enum http_phase {
	HTTP_NEW,       /* no byte has come */
	HTTP_QUEUING,   /* for its TLS handshake */
	HTTP_READING,   /* a request; of TLS, the handshake, too */
	HTTP_CHECKING,  /* with a request, until its password has been checked */
	HTTP_WAITING,   /* with a request, until there is room for the response */
	HTTP_WRITING,   /* a response; nothing is read */
	HTTP_DRAINING,  /* the response is with the kernel, the peer has not acknowledged it */
	HTTP_LINGERING, /* the last response has been */
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
	/* Each in the order of coming into the phase; of those being written to, of last taking. */
	struct http_connections phases[HTTP_PHASES];
	unsigned in_phase[HTTP_PHASES];
	size_t output_bytes; /* of responses being written */
	size_t body_bytes;   /* of shared bodies, which body.c counts */
	unsigned long turn;  /* of the event loop, as the listener counts them */
	unsigned long ticks; /* a clock that goes while somebody is owed a response */
	struct event *tick;
	struct event *rest; /* pending while no handshake may begin */
	uint64_t rested_us; /* CLOCK_MONOTONIC, until when handshakes have had their share */
	void (*closed_cb)(struct http_service *service); /* a file descriptor has become free */
};

/* Puts a connection to the end of its phase's list; takes it out; changes the phase. */
void http_service_link(struct http_connection *connection);
void http_service_unlink(struct http_connection *connection);
void http_service_move(struct http_connection *connection, enum http_phase phase);

/* How many connections wait for a response or for it to be taken. */
unsigned http_service_owed(const struct http_service *service);
void http_service_count(struct http_service *service, int status);

/*
 * The connection to close for the sake of a new one. If more than half have sent their request, one
 * of these that has stopped taking its response; else the oldest of the kind of which there are
 * most: idle ones, those that are sending, and with TLS those that have yet to begin. Of these only
 * a silent one goes, as the others soon will have begun; without TLS it is the last resort. So
 * neither many who connect, nor many who hold on, nor many who read slowly drive out a scraper that
 * is quick. NULL if there is none.
 */
struct http_connection *http_service_to_shed(const struct http_service *service);
/* Whether there may be one when the loop has read from those that came last. */
bool http_service_is_unread(const struct http_service *service);

/* Whether the queued output leaves room for a response. */
bool http_service_has_room(const struct http_service *service);
/* Whether that room is this connection's: it is not if another one has waited for longer. */
bool http_service_admits(const struct http_connection *connection);
/* Who has stopped taking his response, in HTTP_WRITING or HTTP_DRAINING; or NULL. */
struct http_connection *http_service_stalled(
	const struct http_service *service, enum http_phase phase);

#endif
