/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Which of the forms of a page a client prefers (RFC 9110, 12.5). */
#ifndef REXMIT_NEGOTIATE_H
#define REXMIT_NEGOTIATE_H

#include <stdbool.h>

#include "text/text.h"

/* By the value of Accept; plain where it names neither form. */
enum text_format negotiate_format(const char *accept);

/* Whether the value of Accept-Encoding allows gzip by name. */
bool negotiate_gzip(const char *accept_encoding);

#endif
