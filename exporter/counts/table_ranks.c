/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Which groups are displaced when the table is full.
 *
 * A remote host can create many groups: with SYNs from forged addresses, or with handshakes from
 * all addresses of its network. Therefore a group is either firm or loose. A group is firm if a
 * connection has proved its peer, and the peer's network has not used up its share of firm groups.
 *
 * A new group displaces a group of a lower rank, in this order: loose groups without
 * retransmissions, loose groups with retransmissions, firm groups without retransmissions. A loose
 * group never displaces a firm group. A firm group with retransmissions stays until it is idle.
 *
 * A network is an IPv4 address or an IPv6 /64, the usual size for a host or household (RFC 6177).
 * Firm groups are counted by a keyed hash of the network. Networks with equal hashes share a count.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "counts/table_inside.h"

#define NETWORK_SHARES 8 /* at most an eighth of all groups are firm groups of one network */

int ranks_init(struct ranks *ranks, uint32_t limit)
{
	for (enum rank rank = 0; rank < RANKS; rank++)
		ranks->lists[rank] = (struct rank_list){RANK_END, RANK_END};
	ranks->share = (limit + NETWORK_SHARES - 1) / NETWORK_SHARES;
	ranks->links = calloc(limit, sizeof(*ranks->links));
	ranks->firm = calloc(RANK_NETWORKS, sizeof(*ranks->firm));
	return ranks->links && ranks->firm ? 0 : -ENOMEM;
}

void ranks_deinit(struct ranks *ranks)
{
	free(ranks->links);
	free(ranks->firm);
}

/*
 * Returns a pointer to the number of firm groups of the peer's network, or NULL if the grouping
 * drops the addresses of peers. For IPv6 the network is the first half of the address. For IPv4
 * that half is zero, and the second half is the network.
 */
static uint32_t *firm_of(const struct table *t, const union group_key *key)
{
	uint64_t halves[2];
	const uint64_t *network = &halves[0];

	memcpy(halves, key->remote_addr, sizeof(halves));
	if (*network == 0)
		network = &halves[1];
	if (*network == 0)
		return NULL;
	return &t->ranks.firm[hash_words(&t->hash_key, network, 1) % RANK_NETWORKS];
}

bool ranks_would_be_loose(const struct table *t, const union group_key *key, bool unproven)
{
	const uint32_t *firm = firm_of(t, key);

	return unproven || (firm && *firm >= t->ranks.share);
}

static void count_firm(struct table *t, uint32_t number, enum rank rank, uint32_t change)
{
	uint32_t *firm = firm_of(t, &t->groups[number].key);

	if (firm && rank >= RANK_FIRM_SENT)
		*firm += change;
}

/* Links two neighbours in a list. RANK_END means the head or the tail of the list. */
static void join(struct ranks *ranks, enum rank rank, uint32_t previous, uint32_t next)
{
	struct rank_list *list = &ranks->lists[rank];

	*(previous == RANK_END ? &list->first : &ranks->links[previous].next) = next;
	*(next == RANK_END ? &list->last : &ranks->links[next].previous) = previous;
}

void ranks_insert(struct table *t, uint32_t number, enum rank rank)
{
	struct rank_link *link = &t->ranks.links[number];

	*link = (struct rank_link){.previous = t->ranks.lists[rank].last, .next = RANK_END};
	join(&t->ranks, rank, link->previous, number);
	join(&t->ranks, rank, number, link->next);
	count_firm(t, number, rank, 1);
}

void ranks_remove(struct table *t, uint32_t number, enum rank rank)
{
	const struct rank_link *link = &t->ranks.links[number];

	join(&t->ranks, rank, link->previous, link->next);
	count_firm(t, number, rank, UINT32_MAX); /* minus one */
}
