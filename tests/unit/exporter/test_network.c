/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests the syntax of networks, and which network contains an address. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counts/network.h"
#include "support/exporter_events.h"

#define MOST 200

/* Makes a map of networks with the values 1, 2, ... */
static struct network_map map_of(const char *const texts[], size_t count)
{
	struct network networks[MOST];
	struct network_map map;

	for (size_t i = 0; i < count; i++) {
		networks[i] = (struct network){.value = (uint32_t)i + 1, .line = (uint32_t)i + 1};
		cr_assert_eq(network_parse(&networks[i], texts[i]), 0, "%s", texts[i]);
	}
	network_sort(networks, count);
	cr_assert_eq(network_map_init(&map, networks, count, 0), 0);
	return map;
}

static uint32_t find(const struct network_map *map, const char *text)
{
	uint8_t address[16];

	event_address(address, text);
	return network_map_find(map, address);
}

Test(network, the_longest_prefix_wins)
{
	static const char *const texts[] = {"10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3",
		"10.1.2.0/25", "192.0.2.0/24", "2001:db8::/32", "2001:db8:1::/48",
		"2001:db8:1::1/128", "203.0.113.255"};
	struct network_map map = map_of(texts, sizeof(texts) / sizeof(texts[0]));

	cr_assert_eq(find(&map, "9.255.255.255"), 0);
	cr_assert_eq(find(&map, "10.0.0.0"), 1);
	cr_assert_eq(find(&map, "10.0.255.255"), 1);
	cr_assert_eq(find(&map, "10.1.0.0"), 2);
	cr_assert_eq(find(&map, "10.1.2.0"), 5);
	cr_assert_eq(find(&map, "10.1.2.3"), 4);
	cr_assert_eq(find(&map, "10.1.2.4"), 5);
	cr_assert_eq(find(&map, "10.1.2.127"), 5);
	cr_assert_eq(find(&map, "10.1.2.128"), 3);
	cr_assert_eq(find(&map, "10.1.3.0"), 2);
	cr_assert_eq(find(&map, "10.2.0.0"), 1);
	cr_assert_eq(find(&map, "10.255.255.255"), 1);
	cr_assert_eq(find(&map, "11.0.0.0"), 0);
	cr_assert_eq(find(&map, "192.0.2.200"), 6);
	cr_assert_eq(find(&map, "203.0.113.254"), 0);
	cr_assert_eq(find(&map, "203.0.113.255"), 10);
	cr_assert_eq(find(&map, "203.0.114.0"), 0);
	cr_assert_eq(find(&map, "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff"), 0);
	cr_assert_eq(find(&map, "2001:db8::"), 7);
	cr_assert_eq(find(&map, "2001:db8:1::"), 8);
	cr_assert_eq(find(&map, "2001:db8:1::1"), 9);
	cr_assert_eq(find(&map, "2001:db8:1::2"), 8);
	cr_assert_eq(find(&map, "2001:db8:2::"), 7);
	cr_assert_eq(find(&map, "2001:db9::"), 0);
	network_map_deinit(&map);
}

/* IPv4 addresses are v4-mapped. ::/0 does not contain them, although its bits match. */
Test(network, ipv6_networks_contain_no_ipv4_address)
{
	static const char *const texts[] = {
		"::/0", "::ffff:0:0:0/80", "0.0.0.0/0", "255.255.255.255"};
	struct network_map both = map_of(texts, 4), v6 = map_of(texts, 2),
			   v4 = map_of(texts + 2, 1);
	struct network_map nothing = map_of(NULL, 0);

	cr_assert_eq(find(&both, "192.0.2.1"), 3);
	cr_assert_eq(find(&both, "255.255.255.255"), 4);
	cr_assert_eq(find(&both, "::1"), 1);
	cr_assert_eq(find(&both, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 1);
	cr_assert_eq(find(&v6, "0.0.0.0"), 0);
	cr_assert_eq(find(&v6, "255.255.255.255"), 0);
	cr_assert_eq(find(&v6, "::1:0:0:1"), 1);
	cr_assert_eq(find(&v4, "0.0.0.0"), 1);
	cr_assert_eq(find(&v4, "::"), 0);
	cr_assert_eq(find(&v4, "::1:0:0:0"), 0);
	cr_assert_eq(find(&nothing, "192.0.2.1"), 0);
	cr_assert_eq(find(&nothing, "2001:db8::1"), 0);
	network_map_deinit(&both);
	network_map_deinit(&v6);
	network_map_deinit(&v4);
	network_map_deinit(&nothing);
}

/* Tests every prefix length of one address. A second address differs in one more bit each time. */
Test(network, networks_may_be_nested_as_deeply_as_possible)
{
	char texts[129][64];
	const char *pointers[129];
	struct network_map map;
	uint8_t address[16] = {0x20};

	for (int bits = 0; bits <= 128; bits++) {
		snprintf(texts[bits], sizeof(texts[bits]), "%s::/%d", bits < 3 ? "" : "2000", bits);
		pointers[bits] = texts[bits];
	}
	map = map_of(pointers, 129);
	cr_assert_eq(network_map_find(&map, address), 129);
	for (int bit = 127; bit >= 3; bit--) {
		memset(address, 0, sizeof(address));
		address[0] = 0x20;
		address[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
		cr_assert_eq(network_map_find(&map, address), (uint32_t)bit + 1);
	}
	network_map_deinit(&map);
}

/* Compares random networks and addresses with a search of all networks. */
Test(network, equals_a_linear_search)
{
	srandom(1);
	for (int round = 0; round < 200; round++) {
		struct network networks[MOST];
		struct network_map map;
		size_t count = 0;

		for (int i = 0; i < 60; i++) {
			unsigned bits = (unsigned)random() % 9;
			unsigned __int128 step = (unsigned __int128)1 << (8 - bits);
			/* The last byte of an IPv6 address. */
			unsigned __int128 first = (unsigned)random() % 256 / step * step;
			struct network n = {first, first + step - 1, (uint32_t)i + 1, 1};
			bool twice = false;

			for (size_t j = 0; j < count; j++)
				twice |= network_equal(&networks[j], &n);
			if (!twice)
				networks[count++] = n;
		}
		network_sort(networks, count);
		cr_assert_eq(network_map_init(&map, networks, count, 0), 0);
		for (unsigned last = 0; last < 512; last++) {
			uint8_t address[16] = {[14] = (uint8_t)(last >> 8), [15] = (uint8_t)last};
			unsigned __int128 smallest = ~(unsigned __int128)0;
			uint32_t wanted = 0;

			for (size_t j = 0; j < count; j++) {
				unsigned __int128 size = networks[j].last - networks[j].first;

				if (last < networks[j].first || last > networks[j].last ||
					size >= smallest)
					continue;
				smallest = size;
				wanted = networks[j].value;
			}
			cr_assert_eq(network_map_find(&map, address), wanted);
		}
		network_map_deinit(&map);
	}
}

Test(network, syntax)
{
	static const char *const wrong[] = {"", "/", "/8", "10", "10.0.0/8", "10.0.0.0/",
		"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/ 8", "10.0.0.0/8 ",
		" 10.0.0.0/8", "10.0.0.0/8/8", "10.0.0.0/0008", "256.0.0.0/8", "::/129",
		"2001:db8::g/32", "localhost", "fe80::1%eth0", "10.0.0.0/8x",
		"2001:0db8:0000:0000:0000:0000:0000:0000:0000:0000/32"};
	static const char *const inside[] = {
		"10.0.0.1/8", "192.0.2.1/24", "2001:db8::1/32", "::1/0", "128.0.0.0/0"};
	struct network network;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_assert_eq(network_parse(&network, wrong[i]), -EINVAL, "'%s'", wrong[i]);
	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
		cr_assert_eq(network_parse(&network, inside[i]), -ERANGE, "'%s'", inside[i]);
}

Test(network, lists)
{
	static const char *const wrong[] = {"", ",", "10.0.0.0/8,", ",::1", "10.0.0.0/8,,::1",
		"10.0.0.0/8, ::1", "10.0.0.1/8", "127.0.0.1,127.0.0.2,127.0.0.3,127.0.0.4"};
	struct network networks[3];

	cr_assert_eq(network_list_parse(networks, 3, "127.0.0.0/8,::1"), 2);
	cr_assert_eq(networks[0].value, 1);
	cr_assert_eq(networks[1].last, 1);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_assert_eq(network_list_parse(networks, 3, wrong[i]), -EINVAL, "'%s'", wrong[i]);
}
