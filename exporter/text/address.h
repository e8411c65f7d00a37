/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* IP addresses as text: dotted decimal for IPv4 and v4-mapped addresses, RFC 5952 for IPv6. */
#ifndef REXMIT_ADDRESS_H
#define REXMIT_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/text.h"

/*
 * Length of the longest address: eight groups of four digits, and colons. There is no final zero.
 */
#define ADDRESS_LENGTH 39

/* Whether `addr` is v4-mapped, ::ffff:a.b.c.d (RFC 4291 2.5.5.2). */
bool address_is_v4(const uint8_t addr[16]);

/* Writes `addr` to `out`, which has room for ADDRESS_LENGTH bytes. Returns the length. */
size_t address_format(char *out, const uint8_t addr[16]);

void address_append(struct text *text, const uint8_t addr[16]);

#endif
