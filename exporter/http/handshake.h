/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The queue of TLS handshakes, which cost the server more CPU time than the client.
 *
 * A connection is in the queue from its first byte until its handshake starts. In a turn of the
 * event loop at most one handshake starts, and at most one other handshake makes a step. Handshakes
 * use at most a fifth of one CPU, plus 20 ms.
 */
#ifndef REXMIT_HTTP_HANDSHAKE_H
#define REXMIT_HTTP_HANDSHAKE_H

#include <event2/util.h>
#include <stdbool.h>
#include <stdint.h>

struct http_connection;
struct http_service;

/* Queues a connection. Called when its first byte, or its end, has arrived. */
void http_handshake_queue(struct http_connection *connection);
/* A may_step_cb() of struct http_guard. Allows one step in each turn of the loop. */
bool http_handshake_may_step(void *service);
/* A stepped_cb() of struct http_guard. */
void http_handshake_stepped(void *service, uint64_t cpu_us);
/* Callback of service->pause. Starts the next handshake. */
void http_handshake_pause_ended_cb(evutil_socket_t none, short what, void *service);

#endif
