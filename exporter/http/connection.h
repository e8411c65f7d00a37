/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * One connection. It reads a request, sends the response, and reads the next request only after
 * that. Each phase has an absolute deadline. A client that announces a timeout, as Prometheus does,
 * gets a later deadline for the response, but only while it makes progress.
 */
#ifndef REXMIT_HTTP_CONNECTION_H
#define REXMIT_HTTP_CONNECTION_H

#include <sys/queue.h>

#include "http/admission.h"
#include "http/request.h"

/*
 * How much of a response is passed to the kernel at once. With libevent's default of 16 KiB, an
 * exposition of 100 000 series takes 900 turns.
 */
#define HTTP_WRITE_BYTES (256u << 10)

struct http_connection {
	TAILQ_ENTRY(http_connection) link;
	struct http_service *service;
	struct bufferevent *stream; /* with TLS, NULL until the handshake starts */
	struct event *knock;        /* with TLS: waits for the first byte */
	struct event *deadline;
	int fd;
	enum http_phase phase;    /* also selects the list */
	unsigned long turn, tick; /* when it was appended to that list */
	uint64_t since_ms;        /* when it was appended to that list */
	uint64_t end_ms;          /* when the whole response must be acknowledged */
	struct http_request request;
	struct http_body *body; /* what the output refers to, or NULL */
	int undelivered;        /* unacknowledged bytes when last checked */
	bool last;              /* this response is the last one */
	bool plain;             /* the client spoke HTTP on a TLS port */
	bool shaken;            /* the TLS handshake is complete, or there is none */
	struct http_peer peer;
	struct http_attempt *attempt; /* in HTTP_CHECKING */
	size_t discarded;
};

/* Owns `fd`, also after an error. Returns 0 or -ENOMEM. */
int http_connection_new(struct http_service *service, int fd, struct http_peer peer);
/* Changes the phase, and sets its deadline. */
void http_connection_enter(struct http_connection *connection, enum http_phase phase);
/*
 * Called when the peer has received a part of its response. The connection is then the last one to
 * be shed. It gets as much time for the rest as for a whole response, up to the announced timeout.
 */
void http_connection_progress(struct http_connection *connection);
bool http_connection_has_tls(const struct http_connection *connection);
/* Starts the handshake of a connection in HTTP_QUEUING. */
void http_connection_secure(struct http_connection *connection);
/* A decided_cb(): the password of the connection was checked. */
void http_connection_decided(void *connection, enum http_verdict verdict);
/* Closes the connection at once. The rest of a response is discarded. */
void http_connection_free(struct http_connection *connection);
/*
 * To be called regularly while a response is owed. Checks what peers have acknowledged, and serves
 * waiting requests while there is room.
 */
void http_connection_tick(struct http_service *service);

#endif
