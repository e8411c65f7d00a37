/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * client_allowed_sans is a list of subject alternative names (RFC 5280 4.2.1.6). Each is a DNS name,
 * mail address, IP address or URI. A client's certificate must be trusted, and have a name of the
 * list.
 */
#ifndef REXMIT_WEB_CLIENT_NAMES_H
#define REXMIT_WEB_CLIENT_NAMES_H

typedef struct ssl_ctx_st SSL_CTX;

/* `names` has one name per line. Call SSL_CTX_set_verify() before. Returns 0 or -ENOMEM. */
int client_names_require(SSL_CTX *tls, const char *names);

#endif
