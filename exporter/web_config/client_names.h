/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * client_allowed_sans: in addition to being trusted, a client's certificate must have one of these
 * subject alternative names (RFC 5280 4.2.1.6): a DNS name, mail address, IP address or URI.
 */
#ifndef REXMIT_WEB_CLIENT_NAMES_H
#define REXMIT_WEB_CLIENT_NAMES_H

typedef struct ssl_ctx_st SSL_CTX;

/* `names` has one name per line. Call SSL_CTX_set_verify() before. Returns 0 or -ENOMEM. */
int client_names_require(SSL_CTX *tls, const char *names);

#endif
