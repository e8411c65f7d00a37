/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * When the handshakes of TLS are begun, which cost the server more than who asks for them.
 *
 * Connections queue for theirs from their first byte on. One begins in a turn of the event loop, and
 * none while those before have had more than a fifth of one CPU, 20 ms of it ahead. So who
 * shakes hands and leaves keeps neither the loop nor the host from anything else.
 */
#ifndef REXMIT_HTTP_HANDSHAKE_H
#define REXMIT_HTTP_HANDSHAKE_H

#include <event2/util.h>
#include <stdint.h>

struct http_connection;
struct http_service;

/* A byte of a connection has come, or its end. */
void http_handshake_queue(struct http_connection *connection);
/* A stepped_cb(). */
void http_handshake_stepped(void *service, uint64_t cpu_us);
/* Of service->rest, when the next one may begin. */
void http_handshake_rested_cb(evutil_socket_t none, short what, void *service);

#endif
