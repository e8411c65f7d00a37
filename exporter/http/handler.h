/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The interface between the HTTP server and the code that produces the content.
 *
 * A handler answers a request with a short text, a source or a feed. A source writes a body. The
 * server decides when the source writes, because large bodies use memory until clients have read
 * them. A feed (feed.h) sends a body that has no end.
 */
#ifndef REXMIT_HTTP_HANDLER_H
#define REXMIT_HTTP_HANDLER_H

struct evbuffer;
struct http_body;
struct http_feed;

/* The parts of a request that a handler sees. Strings are valid until the handler returns. */
struct http_query {
	const char *path;            /* such as "/metrics": without query string, not decoded */
	const char *parameters;      /* the part after '?', or "" */
	const char *accept;          /* value of Accept, or "" */
	const char *accept_encoding; /* value of Accept-Encoding, or "" */
};

/*
 * A source must outlive the server. While a client is receiving a body, other requests get the same
 * body, up to an age of `shared_ms`. Otherwise the source writes a new body.
 */
struct http_source {
	/* Appends the body. Returns 0, or a negative errno to refuse the request with 503. */
	int (*write)(struct http_source *source, struct evbuffer *body);
	void *context;
	unsigned shared_ms;
	struct http_body *body; /* set by body.c: the newest body that is being sent, or NULL */
};

/* The answer of a handler. Strings are valid until the next turn of the event loop. */
struct http_answer {
	int status;                   /* 404 for an unknown path */
	const char *text;             /* a line, without source and feed; NULL: the status */
	struct http_source *source;   /* or NULL */
	struct http_feed *feed;       /* or NULL */
	const char *content_type;     /* NULL: plain text */
	const char *content_encoding; /* NULL: none */
	const char *extra_headers;    /* NULL, or whole lines, each ending in "\r\n" */
};

/* The server calls the handler for HEAD, too, but does not send the body. */
typedef struct http_answer (*http_handler_cb)(const struct http_query *query, void *context);

#endif
