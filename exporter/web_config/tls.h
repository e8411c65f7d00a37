/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The SSL_CTX for the connections of tls_stream.h: TLS 1.2 and 1.3 with OpenSSL. Sessions are not
 * resumed, so that each connection authenticates its client.
 */
#ifndef REXMIT_WEB_TLS_H
#define REXMIT_WEB_TLS_H

#include "web_config/web_config.h"

typedef struct ssl_ctx_st SSL_CTX;

/*
 * Loads the certificate, its key and the client CAs. Returns 0, or a negative errno after setting
 * `error`. The caller frees `tls` with SSL_CTX_free().
 */
int web_tls_new(SSL_CTX **tls, const struct web_config *config, char error[WEB_ERROR_SIZE]);

/*
 * Returns the name of an accepted cipher suite without forward secrecy or without authenticated
 * encryption. Returns NULL if there is none.
 */
const char *web_tls_weak_suite(const SSL_CTX *tls);

#endif
