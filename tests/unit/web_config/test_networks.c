/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Which network is served first, depending on the wrong passwords from it and from its neighbours.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "web_config/networks.h"

static struct networks networks;

static struct http_peer network(const char *text)
{
	struct http_peer peer;

	cr_assert_eq(inet_pton(AF_INET6, text, peer.address), 1, "%s", text);
	return network_of(peer);
}

static void wrong(const char *text)
{
	struct http_peer peer = network(text);

	networks_add_wrong(&networks, &peer);
}

static bool before(const char *a, const char *b)
{
	struct http_peer first = network(a), second = network(b);
	struct network_rank x = networks_rank(&networks, &first),
			    y = networks_rank(&networks, &second);

	return network_rank_before(&x, &y);
}

Test(networks, one_address_of_ipv4_and_a_64_of_ipv6)
{
	struct http_peer a = network("2001:db8::1"), b = network("2001:db8::ffff:0:0:2"),
			 c = network("::ffff:192.0.2.1"), d = network("::ffff:192.0.2.2");

	cr_assert_eq(memcmp(&a, &b, sizeof(a)), 0);
	cr_assert_neq(memcmp(&c, &d, sizeof(c)), 0);
}

Test(networks, the_longest_ago_goes_first)
{
	wrong("2001:db8:1::");
	wrong("2001:db8:2::");
	cr_assert(before("2001:db8:3::", "2001:db8:1::"));
	cr_assert(before("2001:db8:1::", "2001:db8:2::"));
	wrong("2001:db8:1::");
	cr_assert(before("2001:db8:2::", "2001:db8:1::"));
	cr_assert_not(before("2001:db8:2::", "2001:db8:2::"));
}

/* One /48 sends wrong passwords, each from a new /64 in it. */
Test(networks, a_fresh_64_does_not_go_before_another_48)
{
	for (int i = 0; i < 100; i++) {
		char text[INET6_ADDRSTRLEN];

		snprintf(text, sizeof(text), "2001:db8:1:%x::1", i);
		wrong(text);
	}
	cr_assert(before("2001:db8:2::1", "2001:db8:1:ffff::1"));
	cr_assert(before("2001:db9::1", "2001:db8:2::1"));
	/* In this /48, a /64 without wrong passwords comes first. */
	cr_assert(before("2001:db8:1:ffff::1", "2001:db8:1:1::1"));
}

Test(networks, neighbours_in_ipv4)
{
	wrong("::ffff:192.0.2.1");
	cr_assert(before("::ffff:192.0.2.2", "::ffff:192.0.2.1"));
	cr_assert(before("::ffff:192.0.3.2", "::ffff:192.0.2.2"));
	cr_assert(before("::ffff:192.1.2.2", "::ffff:192.0.3.2"));
	/* The first bytes of ::1 are those of each mapped address. */
	cr_assert(before("::1", "::ffff:192.0.2.2"));
	cr_assert_not(before("::ffff:10.0.0.1", "::1"));
}

/* The oldest network is forgotten. */
Test(networks, the_memory_is_bounded)
{
	wrong("2001:db8:1::");
	for (int i = 0; i < NETWORKS_WRONG - 1; i++)
		wrong("2001:db8:2::");
	cr_assert(before("2001:db8:3::", "2001:db8:1::"));
	wrong("2001:db8:2::");
	cr_assert_not(before("2001:db8:3::", "2001:db8:1::"));
	cr_assert(before("2001:db8:1::", "2001:db8:2::"));
}

Test(networks, right_ones)
{
	char text[INET6_ADDRSTRLEN];
	struct http_peer first = network("2001:db8:ffff::"), peer;

	networks_add_right(&networks, &first);
	for (int i = 0; i < NETWORKS_RIGHT - 1; i++) {
		networks_add_right(&networks, &first);
		snprintf(text, sizeof(text), "2001:db8:%x::", i);
		peer = network(text);
		networks_add_right(&networks, &peer);
	}
	cr_assert(networks_has_right(&networks, &first));
	cr_assert(networks_has_right(&networks, &peer));
	peer = network("2001:db8:fffe::");
	cr_assert_not(networks_has_right(&networks, &peer));
	networks_add_right(&networks, &peer);
	cr_assert_not(networks_has_right(&networks, &first));
}
