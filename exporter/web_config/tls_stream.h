/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A TLS connection as a bufferevent, with a limit on the work that its peer can cause.
 *
 * In one call, OpenSSL keeps reading while records contain no data for the caller: parts of
 * messages, alerts, key updates, refused renegotiations. So after a few records OpenSSL gets the
 * answer that the socket is not ready, and the event loop continues. The same applies to writing to
 * a peer that reads fast.
 */
#ifndef REXMIT_WEB_TLS_STREAM_H
#define REXMIT_WEB_TLS_STREAM_H

#include "http/guard.h"

typedef struct ssl_ctx_st SSL_CTX;

/* Call this once for each `tls`. The cost of handshakes is reported to `guard`. */
void web_tls_streams_init(SSL_CTX *tls, struct http_guard *guard);

/* The functions of struct http_guard for streams. */
struct bufferevent *web_tls_stream_new(SSL_CTX *tls, struct event_base *base, int fd);
void web_tls_stream_finish(struct bufferevent *stream);
void web_tls_stream_free(struct bufferevent *stream);
enum http_refusal web_tls_stream_refusal(struct bufferevent *stream);

#endif
