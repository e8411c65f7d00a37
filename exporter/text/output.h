/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Appends texts to the body of a response. */
#ifndef REXMIT_OUTPUT_H
#define REXMIT_OUTPUT_H

#include <stdbool.h>

#include "text/text.h"

struct evbuffer;

/*
 * Appends `count` texts: without copying, or with `gzip` compressed as one stream. The caller deinits
 * the texts. Returns 0 or -ENOMEM.
 */
int output_texts(struct evbuffer *body, struct text *texts, size_t count, bool gzip);

#endif
