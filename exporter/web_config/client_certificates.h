/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Which certificates of clients a server accepts, and how much of them OpenSSL keeps. */
#ifndef REXMIT_WEB_CLIENT_CERTIFICATES_H
#define REXMIT_WEB_CLIENT_CERTIFICATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "web_config/tls.h"

/*
 * Sets the verification that `config` requires, and loads its client CAs. Returns 0, or a negative
 * errno after setting `error`.
 */
int client_certificates_set(
	SSL_CTX *tls, const struct web_config *config, char error[WEB_ERROR_SIZE]);

/*
 * Whether OpenSSL would need much CPU time to read a client's Certificate message, which starts with
 * its type and length (RFC 8446 4.4.2, RFC 5246 7.4.2). The message need not be valid.
 */
bool client_certificates_are_costly(const uint8_t *message, size_t size, bool tls13);

/* Whether `a` and `b` trust the same client CAs, even from different files. */
bool client_certificates_same_cas(SSL_CTX *a, SSL_CTX *b);

#endif
