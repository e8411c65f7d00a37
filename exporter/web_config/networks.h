/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Networks that have sent right passwords, and networks of the last wrong passwords. A network is
 * an IPv4 address or an IPv6 /64, because a host may use all addresses of its /64.
 */
#ifndef REXMIT_WEB_NETWORKS_H
#define REXMIT_WEB_NETWORKS_H

#include "http/guard.h"

#define NETWORKS_RIGHT 64
#define NETWORKS_WRONG 256
#define NETWORK_WIDTHS 3

struct networks {
	struct http_peer right[NETWORKS_RIGHT], wrong[NETWORKS_WRONG];
	uint64_t n_right, n_wrong; /* entries since the start; a new entry replaces the oldest */
};

/*
 * The numbers of the last wrong passwords from a network and the wider networks around it, the
 * widest first. Wrong passwords are numbered from 1, in order of arrival. 0: none.
 */
struct network_rank {
	uint64_t last_wrong[NETWORK_WIDTHS];
};

struct http_peer network_of(struct http_peer peer);

void networks_add_right(struct networks *networks, const struct http_peer *network);
bool networks_has_right(const struct networks *networks, const struct http_peer *network);
void networks_add_wrong(struct networks *networks, const struct http_peer *network);

struct network_rank networks_rank(const struct networks *networks, const struct http_peer *network);
bool network_rank_before(const struct network_rank *a, const struct network_rank *b);

#endif
