/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * TLS 1.2 and 1.3 by OpenSSL, under libevent's bufferevents. No session is resumed, so that each
 * connection proves its client anew, and nothing is kept between two of them.
 */
#ifndef REXMIT_WEB_TLS_H
#define REXMIT_WEB_TLS_H

#include "http/guard.h"
#include "web_config/web_config.h"

typedef struct ssl_ctx_st SSL_CTX;

/*
 * Reads the certificate, its key and the client CAs. Returns 0, or a negative errno with `error`
 * saying what is wrong. To be freed by SSL_CTX_free().
 */
int web_tls_new(SSL_CTX **tls, const struct web_config *config, char error[WEB_ERROR_SIZE]);

/* What struct http_security has for streams. */
struct bufferevent *web_tls_stream_new(SSL_CTX *tls, struct event_base *base, int fd);
void web_tls_stream_finish(struct bufferevent *stream);
void web_tls_stream_free(struct bufferevent *stream);
enum http_refusal web_tls_stream_refusal(struct bufferevent *stream);

#endif
