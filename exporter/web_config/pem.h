/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Reads the files of certificates and keys, and describes what OpenSSL refuses in them. */
#ifndef REXMIT_WEB_PEM_H
#define REXMIT_WEB_PEM_H

#include <openssl/bio.h>

#include "web_config/web_config.h"

/*
 * Opens a file for OpenSSL's PEM_read_bio functions. OpenSSL's functions for a path are not used,
 * because they block on a FIFO and read a file of any size. Returns NULL after setting `error`,
 * which begins with `what`. The caller frees the result with BIO_free().
 */
BIO *web_pem_open(const char *what, const char *path, char error[WEB_ERROR_SIZE]);

/* A pem_password_cb. Without it OpenSSL would prompt for a password on the terminal. */
int web_pem_no_password_cb(char *buffer, int size, int writing, void *context);

/*
 * Sets `error` to `what`, `detail` (may be NULL) and the first error in OpenSSL's queue, and clears
 * the queue. Returns -EINVAL.
 */
int web_tls_refuse(char error[WEB_ERROR_SIZE], const char *what, const char *detail);

#endif
