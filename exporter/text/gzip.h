/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Compresses texts, and expands what was compressed (RFC 1952). */
#ifndef REXMIT_GZIP_H
#define REXMIT_GZIP_H

#include <stddef.h>

#include "text/text.h"

/*
 * Compresses `count` texts as one, into memory that the caller frees. Returns 0 with `*out` and
 * `*length`, or -ENOMEM.
 */
int gzip_compress(const struct text *texts, size_t count, char **out, size_t *length);

/* Expands all of `in`, which is known to become `size` bytes. Returns 0, -EBADMSG or -ENOMEM. */
int gzip_expand(const void *in, size_t length, void *out, size_t size);

#endif
