/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * One connection: a request is read, answered, and only when the answer has gone the next one is
 * read. Every phase has an absolute deadline, which nothing that the peer does extends.
 */
#ifndef REXMIT_HTTP_CONNECTION_H
#define REXMIT_HTTP_CONNECTION_H

#include "http_service.h"

/* Owns `fd` from here on, also when it fails. Returns 0 or -ENOMEM. */
int http_connection_new(struct http_service *service, int fd, struct http_peer peer);
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
