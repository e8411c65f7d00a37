/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Compresses texts (RFC 1952). */
#ifndef REXMIT_GZIP_H
#define REXMIT_GZIP_H

#include <stddef.h>

#include "text.h"

/*
 * Compresses `count` texts as one, into memory that the caller frees. Returns 0 with `*out` and
 * `*length`, or -ENOMEM.
 */
int gzip_compress(const struct text *texts, size_t count, char **out, size_t *length);

#endif
