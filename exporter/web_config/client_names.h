/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * client_allowed_sans: a list of subject alternative names (RFC 5280 4.2.1.6). A name is a DNS
 * name, a mail address, an IP address or a URI. The client's certificate must be trusted, and must
 * have one of these names.
 */
#ifndef REXMIT_WEB_CLIENT_NAMES_H
#define REXMIT_WEB_CLIENT_NAMES_H

typedef struct ssl_ctx_st SSL_CTX;

/* `names` has one name per line. Call SSL_CTX_set_verify() first. Returns 0 or -ENOMEM. */
int client_names_require(SSL_CTX *tls, const char *names);

#endif
