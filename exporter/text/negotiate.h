/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Content negotiation (RFC 9110, 12.5). */
#ifndef REXMIT_NEGOTIATE_H
#define REXMIT_NEGOTIATE_H

#include <stdbool.h>

#include "text/text.h"

/* Returns the format that the value of Accept prefers. Returns TEXT_PLAIN if no format is known. */
enum text_format negotiate_format(const char *accept);

/* Whether the value of Accept contains server-sent events. */
bool negotiate_event_stream(const char *accept);

/* Whether the value of Accept-Encoding contains gzip with a weight above 0. */
bool negotiate_gzip(const char *accept_encoding);

#endif
