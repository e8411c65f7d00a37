/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Writes JSON (RFC 8259) behind a text. Commas are put where they belong; that what is opened is
 * closed is the caller's part:
 *
 *	json_open(t, NULL, '{');
 *	json_number(t, "x", 7);
 *	json_close(t, '}');
 *
 * A `name` is NULL in an array and at the top. It is a literal that needs no escaping.
 */
#ifndef REXMIT_JSON_H
#define REXMIT_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "text/text.h"

/* `bracket` is '{' or '['; '}' or ']'. */
void json_open(struct text *text, const char *name, char bracket);
void json_close(struct text *text, char bracket);

void json_number(struct text *text, const char *name, uint64_t value);
/* value / 10^digits: nanoseconds as seconds have 9. */
void json_scaled(struct text *text, const char *name, uint64_t value, unsigned digits);
void json_bool(struct text *text, const char *name, bool value);
void json_null(struct text *text, const char *name);
/* `value` is any UTF-8; it is escaped. */
void json_string(struct text *text, const char *name, const char *value);

/* For a string that is put together with text_append(); it needs no escaping. */
void json_string_open(struct text *text, const char *name);
void json_string_close(struct text *text);

#endif
