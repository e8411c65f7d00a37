/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A server, and clients over real sockets, that take turns in one thread; for the tests of the
 * server. A function that waits fails the test when nothing has happened for PATIENCE_S.
 */
#ifndef REXMIT_HTTP_FIXTURE_H
#define REXMIT_HTTP_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "http/http_server.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define BIG_BYTES (8u << 20) /* more than the kernel takes */
#define PAGE_BYTES                                                                                 \
	(64u << 10) /* upper limit; more than the buffers of a client that does not read */
#define PATIENCE_S 20

/*
 * It serves "/hello", "/page" and "/big" (the same and so many bytes more), and "/count", whose body
 * is "hello(N)" for the Nth that is answered. The bodies of "/page" and "/big" have sources, and that
 * of "/feed" has no end.
 */
extern struct event_base *base;
extern struct http_server *server;
extern int listener;
extern unsigned handled; /* requests that the handler answered */

extern unsigned feed_readers;               /* of "/feed" */
extern struct http_connection *feed_client; /* the newest of them */

void start(struct http_limits limits);
void stop(void);
void turn(void);
void turns(unsigned count);

/* A client that has not connected yet. Its receive buffer is small. */
int client_new(void);
void client_connect(int fd);
int client_open(const char *request);
/* Sends as many of the bytes as go, and returns how many. */
size_t client_send(int fd, const void *bytes, size_t size);
void client_say(int fd, const char *text);
/*
 * Reads until the server closes, or `until` has come, and ends the text. Returns 0 for the former,
 * 1 for the latter, -errno for a reset.
 */
int client_read(int fd, const char *until, char *text, size_t size);
/* Reads what has come. Returns 1 if more may come, 0 at the end, -errno for a reset. */
int client_drain(int fd);
/* Whether the server has closed, with nothing before it left to be read. */
bool client_is_closed(int fd);
void client_wait_closed(int fd);

/* What the server has counted, and how many connections it has. */
void expect_counts(uint64_t shed, uint64_t timed_out, unsigned current);

#endif
