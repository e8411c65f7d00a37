/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A feed is a response without an end: it continues while the client reads.
 *
 * The server bounds the number of readers and the bytes that wait for each reader. Readers do not
 * use the places of other connections.
 */
#ifndef REXMIT_HTTP_FEED_H
#define REXMIT_HTTP_FEED_H

#include <stddef.h>

struct http_connection;

/* A feed must outlive the server. */
struct http_feed {
	/* Called when a client starts to read, directly after the handler answered its request.
	 * Returns `reader` for the other functions, or NULL to refuse the request with 503. Must
	 * not call http_feed_send(). */
	void *(*open)(struct http_feed *feed, struct http_connection *client);
	/* Called when the kernel has all bytes. The first call is after the header. */
	void (*written)(void *reader);
	/* Called when the connection is closed. */
	void (*close)(void *reader);
};

/* Returns the number of bytes that may be sent now. */
size_t http_feed_room(const struct http_connection *client);
/* Sends a copy of the bytes. Never closes the connection. Returns 0 or -ENOMEM. */
int http_feed_send(struct http_connection *client, const void *bytes, size_t size);

#endif
