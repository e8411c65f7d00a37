/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * An HTTP/1.1 server for GET and HEAD, with absolute deadlines and a limit of connections. A
 * handler answers each well-formed request.
 */
#ifndef REXMIT_HTTP_SERVER_H
#define REXMIT_HTTP_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "http/handler.h"
#include "http/limits.h"
#include "http/listen.h"

struct event_base;
struct http_host_names;
struct http_guard;
struct http_server;

/* Counts since the server started. */
struct http_counts {
	uint64_t responses_2xx, responses_4xx, responses_5xx;
	uint64_t connections;         /* accepted */
	uint64_t shed;                /* closed to make room */
	uint64_t timed_out;           /* requests and responses that missed a deadline */
	uint64_t accept_failures;     /* such as EMFILE */
	unsigned current_connections; /* open now, including the readers of feeds */
};

/*
 * Serves on `listen_fd`, a non-blocking listening stream socket, which the server then owns.
 * `handler` and `context` must outlive the server. SIGPIPE must be ignored. Returns 0 or a negative
 * errno. After an error the caller still owns the socket.
 *
 * The bodies being sent use at most limits->output_bytes plus one body. A body that several
 * responses share is counted once. Without room for its body, a request waits, in order of arrival.
 * To make room, the server closes connections that have stopped receiving their response.
 */
int http_server_new(struct http_server **server, struct event_base *base, int listen_fd,
	const struct http_limits *limits, http_handler_cb handler, void *context);
/*
 * Serves on another socket, up to HTTP_LISTENERS in total. Returns 0 or -ENOMEM. After an error the
 * caller still owns the socket.
 */
int http_server_listen(struct http_server *server, int listen_fd);
/* Adds TLS or passwords. `guard` must outlive the server. Call this once, before the loop runs. */
void http_server_set_guard(struct http_server *server, struct http_guard *guard);
/* Refuses requests for other hosts from now on. `names` must outlive the server. */
void http_server_set_host_names(struct http_server *server, const struct http_host_names *names);
/* Closes every connection. Accepts NULL. */
void http_server_free(struct http_server *server);

const struct http_counts *http_server_counts(const struct http_server *server);

#endif
