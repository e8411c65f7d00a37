/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * JSON (RFC 8259), appended to a text. These functions insert the commas:
 *
 * 	json_open(t, NULL, '{');
 * 	json_number(t, "x", 7);
 * 	json_close(t, '}');
 *
 * `name` is NULL in an array and at the top level. Names are not escaped.
 */
#ifndef REXMIT_JSON_H
#define REXMIT_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "text/text.h"

/* `bracket` is '{' or '[' to open, and '}' or ']' to close. */
void json_open(struct text *text, const char *name, char bracket);
void json_close(struct text *text, char bracket);

void json_number(struct text *text, const char *name, uint64_t value);
/* Writes value / 10^digits: for nanoseconds as seconds, `digits` is 9. */
void json_scaled(struct text *text, const char *name, uint64_t value, unsigned digits);
void json_bool(struct text *text, const char *name, bool value);
void json_null(struct text *text, const char *name);
/* `value` is UTF-8, and is escaped. */
void json_string(struct text *text, const char *name, const char *value);

/* Between these two calls, text_append() writes a string that needs no escaping. */
void json_string_open(struct text *text, const char *name);
void json_string_close(struct text *text);

#endif
