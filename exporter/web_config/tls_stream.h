/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * One TLS connection: a bufferevent, and a bound on what its peer can make OpenSSL do.
 *
 * OpenSSL reads on within one call while there are records without data for the caller: parts of a
 * message, alerts, key updates, refused renegotiations. So the socket itself says "later" after a
 * few records, and the event loop goes round. The same holds for writing to a peer that reads fast.
 */
#ifndef REXMIT_WEB_TLS_STREAM_H
#define REXMIT_WEB_TLS_STREAM_H

#include "http/guard.h"

typedef struct ssl_ctx_st SSL_CTX;

/* What all connections made from `tls` have in common. `guard` is told what handshakes cost. */
void web_tls_streams_init(SSL_CTX *tls, struct http_guard *guard);

/* What struct http_guard has for streams. */
struct bufferevent *web_tls_stream_new(SSL_CTX *tls, struct event_base *base, int fd);
void web_tls_stream_finish(struct bufferevent *stream);
void web_tls_stream_free(struct bufferevent *stream);
enum http_refusal web_tls_stream_refusal(struct bufferevent *stream);

#endif
