/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * One connection: a request is read, answered, and only when the answer has gone the next one is
 * read. Every phase has an absolute deadline. That of a response is later for a peer that says so, as
 * Prometheus does, but only while it takes the response.
 */
#ifndef REXMIT_HTTP_CONNECTION_H
#define REXMIT_HTTP_CONNECTION_H

#include <sys/queue.h>

#include "http/admission.h"
#include "http/request.h"

/* How much of a response is put to the kernel at once: libevent's default of 16 KiB takes 900
 * rounds for a page of 100 000 series. */
#define HTTP_WRITE_BYTES (256u << 10)

struct http_connection {
	TAILQ_ENTRY(http_connection) link;
	struct http_service *service;
	struct bufferevent *stream; /* with TLS NULL until the handshake begins */
	struct event *knock;        /* with TLS: the first byte, which it queues with */
	struct event *deadline;
	int fd;
	enum http_phase phase;    /* and thereby in which list it is */
	unsigned long turn, tick; /* when it came to the end of that list */
	uint64_t since_ms;        /* likewise */
	uint64_t end_ms;          /* until when a response must have been taken, all of it */
	struct http_request request;
	size_t response_bytes; /* all of it, without a shared body */
	int undelivered;       /* bytes that the kernel held of it when it was last asked */
	bool last;             /* this response is */
	bool plain;            /* it spoke HTTP where TLS is served */
	bool shaken;           /* hands, as TLS wants; without it from the beginning */
	struct http_peer peer;
	struct http_attempt *attempt; /* in HTTP_CHECKING */
	size_t discarded;
};

/* Owns `fd` from here on, also when it fails. Returns 0 or -ENOMEM. */
int http_connection_new(struct http_service *service, int fd, struct http_peer peer);
/* Changes the phase, and sets the deadline of the new one. */
void http_connection_enter(struct http_connection *connection, enum http_phase phase);
/*
 * The peer has taken a part of its response, so it is not the next to be shed, and has time for the
 * rest: as much as for a whole response, within what its timeout leaves.
 */
void http_connection_progress(struct http_connection *connection);
bool http_connection_has_tls(const struct http_connection *connection);
/* Begins the handshake of one that is in HTTP_QUEUING. */
void http_connection_secure(struct http_connection *connection);
/* The password that a connection waits for has been checked; a decided_cb(). */
void http_connection_decided(void *connection, enum http_verdict verdict);
/* Closes it at once. A response of which the peer has not taken all is thrown away. */
void http_connection_free(struct http_connection *connection);
/*
 * To be called now and then while somebody is owed a response: asks the kernel what was taken, and
 * serves those who wait for room, as far as there is some.
 */
void http_connection_tick(struct http_service *service);

#endif
