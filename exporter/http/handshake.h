/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Schedules TLS handshakes, which cost the server more CPU time than the client.
 *
 * A connection is in the queue from its first byte until its handshake starts. In a turn of the event
 * loop at most one handshake starts, and at most one started handshake makes its next step. No
 * handshake starts while handshakes have used more than a fifth of one CPU, plus 20 ms. So clients
 * that only do handshakes block neither the loop nor the host.
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
/* Callback of service->step. It does nothing: the event is needed only while it is pending. */
void http_handshake_turned_cb(evutil_socket_t none, short what, void *service);
/* Callback of service->pause: the next handshake may start. */
void http_handshake_pause_ended_cb(evutil_socket_t none, short what, void *service);

#endif
