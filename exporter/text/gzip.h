/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Compression with gzip (RFC 1952). */
#ifndef REXMIT_GZIP_H
#define REXMIT_GZIP_H

#include <stddef.h>

#include "text/text.h"

/*
 * Compresses `count` texts as one stream. Deinits each text when it is compressed, so that all texts
 * and the result do not use memory at the same time. Sets `*length` and `*out`, which the caller
 * frees. Returns 0 or -ENOMEM.
 */
int gzip_compress(struct text *texts, size_t count, char **out, size_t *length);

/* Decompresses `in`, whose decompressed size must be `size`. Returns 0, -EBADMSG or -ENOMEM. */
int gzip_expand(const void *in, size_t length, void *out, size_t size);

#endif
