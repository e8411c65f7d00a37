/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Texts of an exporter that may be hostile, for a terminal of this locale (LC_CTYPE). */
#ifndef REXMIT_PRINTABLE_H
#define REXMIT_PRINTABLE_H

#include <stddef.h>

/*
 * Appends UTF-8 in the locale's encoding. Characters without a column of the screen become '?', and
 * those that the locale does not have: controls, also of the writing direction, and accents that
 * combine with other letters. A character is appended whole or not at all.
 */
void printable_append(char *to, size_t size, const char *utf8);

/* Returns the number of screen columns of a text in the locale's encoding. */
int printable_width(const char *text);
/* Cuts the text after the last character that ends within `columns`. */
void printable_cut(char *text, int columns);

#endif
