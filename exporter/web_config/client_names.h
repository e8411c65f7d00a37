/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * client_allowed_sans: a client's certificate that is trusted must have one of these subject
 * alternative names as well (RFC 5280 4.2.1.6): a DNS name, a mail address, an address or a URI.
 */
#ifndef REXMIT_WEB_CLIENT_NAMES_H
#define REXMIT_WEB_CLIENT_NAMES_H

typedef struct ssl_ctx_st SSL_CTX;

/* `names` has one in each line. After the verification of `tls` was set. Returns 0 or -ENOMEM. */
int client_names_require(SSL_CTX *tls, const char *names);

#endif
