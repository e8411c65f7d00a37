/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The networks that passwords came from: those where one was right, and the last wrong ones. A
 * network is one address of IPv4, or a /64 of IPv6, because a host with one address of it has all.
 */
#ifndef REXMIT_WEB_NETWORKS_H
#define REXMIT_WEB_NETWORKS_H

#include "http/guard.h"

#define NETWORKS_RIGHT 64
#define NETWORKS_WRONG 256
#define NETWORK_WIDTHS 3

struct networks {
	struct http_peer right[NETWORKS_RIGHT], wrong[NETWORKS_WRONG];
	uint64_t n_right, n_wrong; /* ever added; the oldest are written over */
};

/*
 * When the last wrong password came from the network's surroundings, widest first: number n is the
 * n-th wrong one, 0 is none that is remembered.
 */
struct network_rank {
	uint64_t last_wrong[NETWORK_WIDTHS];
};

struct http_peer network_of(struct http_peer peer);

void networks_add_right(struct networks *networks, const struct http_peer *network);
bool networks_has_right(const struct networks *networks, const struct http_peer *network);
void networks_add_wrong(struct networks *networks, const struct http_peer *network);

struct network_rank networks_rank(const struct networks *networks, const struct http_peer *network);
/* Whether `a` goes before `b`. */
bool network_rank_before(const struct network_rank *a, const struct network_rank *b);

#endif
