/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "terminal/printable.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <wchar.h>

/* Decodes the character at `utf8`, which is valid UTF-8. Returns its length. */
static size_t decode(const char *utf8, wchar_t *character)
{
	const unsigned char *bytes = (const unsigned char *)utf8;
	size_t length = bytes[0] < 0x80 ? 1 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
	wchar_t code = bytes[0] & (length == 1 ? 0x7f : 0x7f >> length);

	for (size_t i = 1; i < length; i++) {
		if (!bytes[i]) /* never in valid UTF-8 */
			return i;
		code = code << 6 | (bytes[i] & 0x3f);
	}
	*character = code;
	return length;
}

void printable_append(char *to, size_t size, const char *utf8)
{
	size_t at = strlen(to);

	while (*utf8) {
		char bytes[MB_LEN_MAX];
		mbstate_t state = {0};
		wchar_t character = L'\0';
		size_t length;

		utf8 += decode(utf8, &character);
		/* The C libraries of Linux use the numbers of Unicode for wchar_t. */
		length = wcwidth(character) > 0 ? wcrtomb(bytes, character, &state) : 0;
		if (length == 0 || length > sizeof(bytes))
			length = 1, bytes[0] = '?';
		if (at + length >= size)
			break;
		memcpy(to + at, bytes, length);
		at += length;
	}
	to[at] = '\0';
}

/* Returns the length of the character at `text`, and its number of columns. */
static size_t measure(const char *text, int *columns)
{
	mbstate_t state = {0};
	wchar_t character;
	size_t length = mbrtowc(&character, text, strlen(text), &state);
	bool valid = length > 0 && length <= MB_LEN_MAX;
	int width = valid ? wcwidth(character) : 1;

	*columns = width > 0 ? width : 0;
	return valid ? length : 1;
}

int printable_width(const char *text)
{
	int width = 0, columns;

	while (*text) {
		text += measure(text, &columns);
		width += columns;
	}
	return width;
}

void printable_cut(char *text, int columns)
{
	int width = 0, next;

	while (*text) {
		size_t length = measure(text, &next);

		width += next;
		if (width > columns)
			*text = '\0';
		else
			text += length;
	}
}
