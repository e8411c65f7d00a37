/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * An HTTP/1.1 server that survives the network: GET and HEAD without a body, absolute deadlines,
 * a cap on connections, no spin without file descriptors.
 *
 * It knows nothing of metrics: a handler is asked for each well-formed request and gives a body.
 */
#ifndef REXMIT_HTTP_SERVER_H
#define REXMIT_HTTP_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "http/handler.h"
#include "http/listen.h"

struct event_base;
struct http_host_names;
struct http_guard;
struct http_server;

struct http_limits {
	unsigned connections;      /* at most, 1 or more; then one is shed */
	unsigned request_seconds;  /* from the first byte of a request to the last of its headers */
	unsigned response_seconds; /* for the whole response to be acknowledged, or: */
	unsigned scrape_seconds;   /* for a client that wants as much, and goes on taking it */
	unsigned idle_seconds;     /* between two requests */
	size_t header_bytes;       /* request line and headers together */
	size_t output_bytes;       /* responses not yet sent, all connections; see below */
};
extern const struct http_limits http_default_limits;

/* Since the server's start. */
struct http_counts {
	uint64_t responses_2xx, responses_4xx, responses_5xx;
	uint64_t connections;         /* accepted */
	uint64_t shed;                /* closed to make room */
	uint64_t timed_out;           /* requests and responses that missed their deadline */
	uint64_t accept_failures;     /* EMFILE and its like */
	unsigned current_connections; /* open now */
};

/*
 * Serves on `listen_fd`, a listening non-blocking stream socket that the server then owns. `handler`
 * and `context` must outlive it, SIGPIPE must be ignored. Returns 0 or a negative errno; on error
 * the fd is still the caller's.
 *
 * Queued output is bounded by limits->output_bytes plus one response: a request that the handler
 * puts off waits until there is room, which those who stop taking their response have to make and
 * those who came before get first. A body that several responses share counts once.
 */
int http_server_new(struct http_server **server, struct event_base *base, int listen_fd,
	const struct http_limits *limits, http_handler_cb handler, void *context);
/* Serves on this one, too; at most HTTP_LISTENERS in all. Returns 0 or -ENOMEM, as above. */
int http_server_listen(struct http_server *server, int listen_fd);
/* From now on connections are secured by it; it must outlive the server. Once, before the loop. */
void http_server_set_guard(struct http_server *server, struct http_guard *guard);
/* From now on requests for other hosts are refused; `names` must outlive the server. */
void http_server_name(struct http_server *server, const struct http_host_names *names);
/* Closes every connection. Accepts NULL. */
void http_server_free(struct http_server *server);

const struct http_counts *http_server_counts(const struct http_server *server);

#endif
