/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "web_config/networks.h"

#include <netinet/in.h>
#include <string.h>

static bool is_mapped(const struct http_peer *network)
{
	struct in6_addr address;

	memcpy(&address, network->address, sizeof(address));
	return IN6_IS_ADDR_V4MAPPED(&address);
}

struct http_peer network_of(struct http_peer peer)
{
	if (!is_mapped(&peer))
		memset(peer.address + 8, 0, 8);
	return peer;
}

bool networks_has_right(const struct networks *n, const struct http_peer *network)
{
	for (uint64_t i = 0; i < n->n_right && i < NETWORKS_RIGHT; i++) {
		if (memcmp(&n->right[i], network, sizeof(*network)) == 0)
			return true;
	}
	return false;
}

void networks_add_right(struct networks *n, const struct http_peer *network)
{
	if (!networks_has_right(n, network))
		n->right[n->n_right++ % NETWORKS_RIGHT] = *network;
}

void networks_add_wrong(struct networks *n, const struct http_peer *network)
{
	n->wrong[n->n_wrong++ % NETWORKS_WRONG] = *network;
}

/*
 * One attacker may have many neighbouring networks: most sites get a /48, most providers a /32.
 * Therefore the widest networks take turns, and in each of them the narrower networks take turns.
 */
struct network_rank networks_rank(const struct networks *n, const struct http_peer *network)
{
	static const size_t bytes[2][NETWORK_WIDTHS] = {{4, 6, 8}, {14, 15, 16}};
	const bool mapped = is_mapped(network);
	struct network_rank rank = {{0}};

	for (uint64_t number = n->n_wrong; number > 0 && n->n_wrong - number < NETWORKS_WRONG;
		number--) {
		const struct http_peer *wrong = &n->wrong[(number - 1) % NETWORKS_WRONG];

		for (int i = 0; i < NETWORK_WIDTHS; i++) {
			if (!rank.last_wrong[i] && is_mapped(wrong) == mapped &&
				memcmp(wrong, network, bytes[mapped][i]) == 0)
				rank.last_wrong[i] = number;
		}
	}
	return rank;
}

bool network_rank_before(const struct network_rank *a, const struct network_rank *b)
{
	for (int i = 0; i < NETWORK_WIDTHS; i++) {
		if (a->last_wrong[i] != b->last_wrong[i])
			return a->last_wrong[i] < b->last_wrong[i];
	}
	return false;
}
