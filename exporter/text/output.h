/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The body of a response, made from texts. */
#ifndef REXMIT_OUTPUT_H
#define REXMIT_OUTPUT_H

#include <stdbool.h>

#include "text/text.h"

struct evbuffer;

/*
 * Appends `count` texts to the body. With `gzip`, compresses them as one stream; otherwise does not
 * copy them. The caller deinits the texts. Returns 0 or -ENOMEM.
 */
int output_texts(struct evbuffer *body, struct text *texts, size_t count, bool gzip);

#endif
