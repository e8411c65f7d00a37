/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * TLS 1.2 and 1.3 by OpenSSL, for tls_stream.h. No session is resumed, so that each
 * connection proves its client anew, and nothing is kept between two of them.
 */
#ifndef REXMIT_WEB_TLS_H
#define REXMIT_WEB_TLS_H

#include "web_config/web_config.h"

typedef struct ssl_ctx_st SSL_CTX;

/*
 * Reads the certificate, its key and the client CAs. Returns 0, or a negative errno with `error`
 * saying what is wrong. To be freed by SSL_CTX_free().
 */
int web_tls_new(SSL_CTX **tls, const struct web_config *config, char error[WEB_ERROR_SIZE]);

#endif
