/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A TLS connection as a bufferevent, with a limit on the work that its peer can cause.
 *
 * In one call, OpenSSL reads records until there is data for the caller. A peer can send many
 * records without data, such as alerts and key updates. After a few records, the stream reports to
 * OpenSSL that the socket is not ready, so the event loop continues. Writing has the same limit.
 */
#ifndef REXMIT_WEB_TLS_STREAM_H
#define REXMIT_WEB_TLS_STREAM_H

#include "http/guard.h"

typedef struct ssl_ctx_st SSL_CTX;

/* Call this once for each `tls`. The CPU time of handshakes is reported to `guard`. */
void web_tls_streams_init(SSL_CTX *tls, struct http_guard *guard);

/* The functions of struct http_guard for streams. */
struct bufferevent *web_tls_stream_new(SSL_CTX *tls, struct event_base *base, int fd);
void web_tls_stream_finish(struct bufferevent *stream);
void web_tls_stream_free(struct bufferevent *stream);
enum http_refusal web_tls_stream_refusal(struct bufferevent *stream);

#endif
