/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* IP addresses as label values: dotted for IPv4 and v4-mapped ones, RFC 5952 for IPv6. */
#ifndef REXMIT_ADDRESS_H
#define REXMIT_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest: eight groups of four digits and their colons. No NUL is written. */
#define ADDRESS_LENGTH 39

/* Whether `addr` is an IPv4 address in RFC 4291 2.5.5.2's form, ::ffff:a.b.c.d. */
bool address_is_v4(const uint8_t addr[16]);

/* Writes `addr` at `out`, which has room for ADDRESS_LENGTH bytes; returns how many it wrote. */
size_t address_format(char *out, const uint8_t addr[16]);

#endif
