/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests each rule of RFC 5952. All other addresses are compared with inet_ntop(3). */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "text/address.h"

static const char *format(const uint8_t addr[16])
{
	static char text[ADDRESS_LENGTH + 1];
	size_t length = address_format(text, addr);

	cr_assert_leq(length, (size_t)ADDRESS_LENGTH);
	text[length] = '\0';
	return text;
}

static void check(const char *text, const char *wanted)
{
	uint8_t addr[16];

	cr_assert_eq(inet_pton(AF_INET6, text, addr), 1, "%s", text);
	cr_assert_str_eq(format(addr), wanted);
}

Test(address, ipv4_is_dotted)
{
	check("::ffff:0.0.0.0", "0.0.0.0");
	check("::ffff:9.10.99.100", "9.10.99.100");
	check("::ffff:255.255.255.255", "255.255.255.255");
}

Test(address, rfc5952)
{
	check("::", "::");
	check("::1", "::1");
	check("1::", "1::");
	check("2001:0DB8::0001", "2001:db8::1");
	/* 4.2.2: A single group of zeros is not shortened. */
	check("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1");
	/* 4.2.3: The longest run of zeros is shortened, or the first of two equally long runs. */
	check("2001:0:0:1:0:0:0:1", "2001:0:0:1::1");
	check("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
	check("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	/* Neither is v4-mapped: one has a group too few, and the other a group too many. */
	check("::fffe:102:304", "::fffe:102:304");
	check("::1:ffff:102:304", "::1:ffff:102:304");
}

Test(address, equals_inet_ntop)
{
	srandom(5952);
	for (int i = 0; i < 100000; i++) {
		char wanted[INET6_ADDRSTRLEN];
		uint8_t addr[16];

		/*
		 * Addresses with zeros in many places. The first byte is not zero. Otherwise glibc
		 * would write ::a.b.c.d.
		 */
		for (int byte = 0; byte < 16; byte++)
			addr[byte] = random() % 3 == 0 ? (uint8_t)random() : 0;
		addr[0] |= 1;
		inet_ntop(AF_INET6, addr, wanted, sizeof(wanted));
		cr_assert_str_eq(format(addr), wanted);
	}
}
