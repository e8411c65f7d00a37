/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The order in which networks are served depends on the wrong passwords from each network and from
 * its neighbours.
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

Test(networks, a_network_is_an_ipv4_address_or_an_ipv6_64)
{
	struct http_peer a = network("2001:db8::1"), b = network("2001:db8::ffff:0:0:2"),
			 c = network("::ffff:192.0.2.1"), d = network("::ffff:192.0.2.2");

	cr_assert_eq(memcmp(&a, &b, sizeof(a)), 0);
	cr_assert_neq(memcmp(&c, &d, sizeof(c)), 0);
}

Test(networks, the_network_wrong_longest_ago_is_first)
{
	wrong("2001:db8:1::");
	wrong("2001:db8:2::");
	cr_assert(before("2001:db8:3::", "2001:db8:1::"));
	cr_assert(before("2001:db8:1::", "2001:db8:2::"));
	wrong("2001:db8:1::");
	cr_assert(before("2001:db8:2::", "2001:db8:1::"));
	cr_assert_not(before("2001:db8:2::", "2001:db8:2::"));
}

/* Each wrong password comes from a new /64 of one /48. */
Test(networks, a_new_64_is_served_after_another_48)
{
	for (int i = 0; i < 100; i++) {
		char text[INET6_ADDRSTRLEN];

		snprintf(text, sizeof(text), "2001:db8:1:%x::1", i);
		wrong(text);
	}
	cr_assert(before("2001:db8:2::1", "2001:db8:1:ffff::1"));
	cr_assert(before("2001:db9::1", "2001:db8:2::1"));
	/* Within the /48, a /64 without wrong passwords is first. */
	cr_assert(before("2001:db8:1:ffff::1", "2001:db8:1:1::1"));
}

Test(networks, neighbours_in_ipv4_share_their_rank)
{
	wrong("::ffff:192.0.2.1");
	cr_assert(before("::ffff:192.0.2.2", "::ffff:192.0.2.1"));
	cr_assert(before("::ffff:192.0.3.2", "::ffff:192.0.2.2"));
	cr_assert(before("::ffff:192.1.2.2", "::ffff:192.0.3.2"));
	/* ::1 has the same first bytes as every mapped address. */
	cr_assert(before("::1", "::ffff:192.0.2.2"));
	cr_assert_not(before("::ffff:10.0.0.1", "::1"));
}

/* The table forgets the network whose last wrong password is the oldest. */
Test(networks, remembers_a_limited_number)
{
	wrong("2001:db8:1::");
	for (int i = 0; i < NETWORKS_WRONG - 1; i++)
		wrong("2001:db8:2::");
	cr_assert(before("2001:db8:3::", "2001:db8:1::"));
	wrong("2001:db8:2::");
	cr_assert_not(before("2001:db8:3::", "2001:db8:1::"));
	cr_assert(before("2001:db8:1::", "2001:db8:2::"));
}

Test(networks, correct_passwords_raise_the_rank)
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
