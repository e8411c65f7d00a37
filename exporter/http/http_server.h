/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A robust HTTP/1.1 server: GET and HEAD without a body, absolute deadlines, a limit of
 * connections, and no busy loop when descriptors run out.
 *
 * A handler produces the response body for each well-formed request.
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
	unsigned connections;      /* at least 1; when exceeded, one is shed */
	unsigned request_seconds;  /* from the first byte of a request to the end of its header */
	unsigned response_seconds; /* until the kernel has the whole response, or: */
	unsigned scrape_seconds;   /* for a client that announces a longer one, and progresses */
	unsigned idle_seconds;     /* between two requests */
	size_t header_bytes;       /* request line and header fields */
	unsigned readers;          /* of feeds, which are not among the connections */
	size_t reader_bytes;       /* that wait for a reader; see feed.h */
	size_t output_bytes;       /* bodies being sent; see http_server_new() */
};
extern const struct http_limits http_default_limits;

/* Since the server started. */
struct http_counts {
	uint64_t responses_2xx, responses_4xx, responses_5xx;
	uint64_t connections;         /* accepted */
	uint64_t shed;                /* closed to make room */
	uint64_t timed_out;           /* requests and responses that missed a deadline */
	uint64_t accept_failures;     /* such as EMFILE */
	unsigned current_connections; /* open now, with the readers of feeds */
};

/*
 * Serves on `listen_fd`, a non-blocking listening stream socket, which the server then owns.
 * `handler` and `context` must outlive the server. SIGPIPE must be ignored. Returns 0 or a negative
 * errno; after an error the caller still owns the socket.
 *
 * The bodies being sent are bounded by limits->output_bytes plus one body. A request that finds no
 * room waits, in order of arrival. Connections that stopped receiving their response are shed to
 * make room. A body that several responses share is counted once.
 */
int http_server_new(struct http_server **server, struct event_base *base, int listen_fd,
	const struct http_limits *limits, http_handler_cb handler, void *context);
/* Serves on another socket; at most HTTP_LISTENERS in total. Returns 0 or -ENOMEM, as above. */
int http_server_listen(struct http_server *server, int listen_fd);
/* Adds TLS or passwords. `guard` must outlive the server. Call it once, before the loop runs. */
void http_server_set_guard(struct http_server *server, struct http_guard *guard);
/* Refuses requests for other hosts from now on. `names` must outlive the server. */
void http_server_name(struct http_server *server, const struct http_host_names *names);
/* Closes every connection. Accepts NULL. */
void http_server_free(struct http_server *server);

const struct http_counts *http_server_counts(const struct http_server *server);

#endif
