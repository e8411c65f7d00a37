/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A server and its clients, over real sockets, in one thread. The test gives the server its turns.
 * A function that waits fails after PATIENCE_S without progress.
 */
#ifndef REXMIT_HTTP_FIXTURE_H
#define REXMIT_HTTP_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "http/http_server.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define BIG_BYTES (8u << 20) /* more than the kernel's buffers hold */
#define PAGE_BYTES                                                                                 \
	(64u << 10) /* upper limit; more than the buffers of a client that does not read */
#define PATIENCE_S 20

/*
 * The server has these paths: "/hello"; "/page", and "/big", which is BIG_BYTES longer; "/count",
 * whose Nth answer is "hello(N)"; "/feed", whose body has no end. The bodies of "/page" and "/big"
 * have sources.
 */
extern struct event_base *base;
extern struct http_server *server;
extern int listener;
extern unsigned handled; /* number of requests that the handler has answered */

extern unsigned feed_readers;               /* number of clients that read "/feed" */
extern struct http_connection *feed_client; /* the newest of these clients */

void start(struct http_limits limits);
void stop(void);
void turn(void);
void turns(unsigned count);

/* Returns a client that is not connected yet. Its receive buffer is small. */
int client_new(void);
void client_connect(int fd);
int client_open(const char *request);
/* Sends the bytes that the socket accepts. Returns their number. */
size_t client_send(int fd, const void *bytes, size_t size);
void client_say(int fd, const char *text);
/*
 * Reads until the server closes or `until` arrives, and ends the text with a zero. Returns 0 if the
 * server closed, 1 if `until` arrived, or -errno after a reset.
 */
int client_read(int fd, const char *until, char *text, size_t size);
/* Reads the bytes that have arrived. Returns 1 if more may follow, 0 at the end, or -errno after
 * a reset. */
int client_drain(int fd);
/* Whether the server has closed the connection and no byte is left to read. */
bool client_is_closed(int fd);
void client_wait_closed(int fd);

/* Checks the server's counters and its number of connections. */
void expect_counts(uint64_t shed, uint64_t timed_out, unsigned current);

#endif
