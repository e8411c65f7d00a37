/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A scrape of 100 000 series formats 200 000 addresses. inet_ntop(3) would take ten times as long,
 * because it uses snprintf(3).
 */
#include "text/address.h"

#include <string.h>

bool address_is_v4(const uint8_t addr[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(addr, mapped, sizeof(mapped)) == 0;
}

static char *write_octet(char *out, unsigned value)
{
	if (value >= 100) {
		*out++ = (char)('0' + value / 100);
		value %= 100;
		*out++ = (char)('0' + value / 10);
	} else if (value >= 10) {
		*out++ = (char)('0' + value / 10);
	}
	*out++ = (char)('0' + value % 10);
	return out;
}

static char *write_v4(char *out, const uint8_t octets[4])
{
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			*out++ = '.';
		out = write_octet(out, octets[i]);
	}
	return out;
}

static char *address_write_group(char *out, unsigned value)
{
	static const char digits[] = "0123456789abcdef";
	int shift = value >= 0x1000 ? 12 : value >= 0x100 ? 8 : value >= 0x10 ? 4 : 0;

	for (; shift >= 0; shift -= 4)
		*out++ = digits[value >> shift & 0xf];
	return out;
}

/*
 * Finds the longest run of at least two zero groups; of equal runs, the first. "::" replaces this
 * run (RFC 5952 4.2). Returns the length and sets `start`. Returns 0 and sets -1 if there is none.
 */
static int longest_zeros(const unsigned groups[8], int *start)
{
	int best = 1;

	*start = -1;
	for (int i = 0; i < 8;) {
		int run = 0;

		while (i + run < 8 && groups[i + run] == 0)
			run++;
		if (run > best) {
			best = run;
			*start = i;
		}
		i += run > 0 ? run : 1;
	}
	return *start < 0 ? 0 : best;
}

static char *write_v6(char *out, const uint8_t addr[16])
{
	unsigned groups[8];
	int start, zeros;

	for (int i = 0; i < 8; i++)
		groups[i] = (unsigned)addr[2 * i] << 8 | addr[2 * i + 1];
	zeros = longest_zeros(groups, &start);
	for (int i = 0; i < 8; i++) {
		if (i == start) {
			*out++ = ':';
			*out++ = ':';
			i += zeros - 1;
			continue;
		}
		if (i > 0 && i != start + zeros)
			*out++ = ':';
		out = address_write_group(out, groups[i]);
	}
	return out;
}

size_t address_format(char *out, const uint8_t addr[16])
{
	char *end = address_is_v4(addr) ? write_v4(out, addr + 12) : write_v6(out, addr);

	return (size_t)(end - out);
}

void address_append(struct text *text, const uint8_t addr[16])
{
	char *room = text_reserve(text, ADDRESS_LENGTH);

	if (room)
		text->length += address_format(room, addr);
}
