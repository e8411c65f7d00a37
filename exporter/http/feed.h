/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A response without an end: what happens from now on, for as long as the client reads.
 *
 * The server bounds the number of readers and the bytes that wait for each of them. A reader uses
 * none of the places that other connections have, and it never waits for another one.
 */
#ifndef REXMIT_HTTP_FEED_H
#define REXMIT_HTTP_FEED_H

#include <stddef.h>

struct http_connection;

/* A feed must outlive the server. */
struct http_feed {
	/*
	 * A client begins to read, with the request that the handler answered last. Returns what
	 * the other functions get, or NULL, which refuses the request with 503. It must not send.
	 */
	void *(*open)(struct http_feed *feed, struct http_connection *client);
	/* The kernel has all bytes that were sent, at first those of the header. */
	void (*taken)(void *reader);
	/* The connection is closed. */
	void (*close)(void *reader);
};

/* Returns how many bytes may be sent now. */
size_t http_feed_room(const struct http_connection *client);
/* Sends a copy of the bytes. Never closes the connection. Returns 0 or -ENOMEM. */
int http_feed_send(struct http_connection *client, const void *bytes, size_t size);

#endif
