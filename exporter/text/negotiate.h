/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Content negotiation (RFC 9110, 12.5). */
#ifndef REXMIT_NEGOTIATE_H
#define REXMIT_NEGOTIATE_H

#include <stdbool.h>

#include "text/text.h"

/* Returns the format that a value of Accept prefers, or TEXT_PLAIN if it names neither. */
enum text_format negotiate_format(const char *accept);

/* Whether a value of Accept names server-sent events, as a browser does when it wants them. */
bool negotiate_event_stream(const char *accept);

/* Whether a value of Accept-Encoding names gzip and allows it. */
bool negotiate_gzip(const char *accept_encoding);

#endif
