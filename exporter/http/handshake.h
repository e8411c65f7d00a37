/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Schedules TLS handshakes, which cost the server more CPU time than the client.
 *
 * A connection queues from its first byte on. At most one handshake starts in a turn of the event
 * loop. None starts while earlier ones have used more than a fifth of one CPU, with 20 ms in advance.
 * At most one that has started makes its next step in a turn. So clients that only do handshakes
 * block neither the loop nor the host.
 */
#ifndef REXMIT_HTTP_HANDSHAKE_H
#define REXMIT_HTTP_HANDSHAKE_H

#include <event2/util.h>
#include <stdbool.h>
#include <stdint.h>

struct http_connection;
struct http_service;

/* Called when a connection receives its first byte, or its end. */
void http_handshake_queue(struct http_connection *connection);
/* A may_step_cb(): whether no step has been made in this turn of the loop. */
bool http_handshake_may_step(void *service);
/* A stepped_cb(). */
void http_handshake_stepped(void *service, uint64_t cpu_us);
/* Callback of service->step, which only has to be pending. */
void http_handshake_turned_cb(evutil_socket_t none, short what, void *service);
/* Callback of service->rest: the next handshake may start. */
void http_handshake_rested_cb(evutil_socket_t none, short what, void *service);

#endif
