/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Reads a web configuration from a text. */
#ifndef REXMIT_WEB_CONFIG_FIXTURE_H
#define REXMIT_WEB_CONFIG_FIXTURE_H

#include "web_config/web_config.h"

/* SALTED is the salt and the hash of a password, without the last character. HASH is complete. */
#define SALTED "qOAM/HBcmtoMjmB9vwnkPuRPQHG9MkQ2XRXZbzcbVQL1/IWCVRIs"
#define HASH "$2y$10$" SALTED "S"
#define TLS "tls_server_config:\n  cert_file: a.pem\n  key_file: keys/a.key\n"

/* The result of the last call, and its error line. */
extern struct web_config config;
extern char error[WEB_ERROR_SIZE];

/* Returns what web_config_read() returns. */
int read_text(const char *text);
/* Checks that the text is accepted. */
void accept_text(const char *text);

#endif
