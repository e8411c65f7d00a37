/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Networks, such as 192.0.2.0/24. A map finds the value of the smallest network that contains an
 * address.
 *
 * IPv4 networks are v4-mapped. An IPv6 network never contains an IPv4 address: ::/0 is all of IPv6.
 */
#ifndef REXMIT_NETWORK_H
#define REXMIT_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct network {
	unsigned __int128 first, last; /* addresses, in host byte order */
	uint32_t value;
	uint32_t line; /* number of the line in the file, from 1 */
};

/*
 * Parses an address, optionally with "/" and a number of bits. `value` and `line` are not set.
 * Returns 0, -EINVAL, or -ERANGE if the address has bits past the prefix.
 */
int network_parse(struct network *network, const char *text);

/* Whether the network contains an address: IPv6, or IPv4 as v4-mapped. */
bool network_contains(const struct network *network, const uint8_t address[16]);

/*
 * Parses a comma-separated list. Each network gets the value 1. Returns the number of networks, or
 * -EINVAL if the list is invalid or has more than `most` networks.
 */
int network_list_parse(struct network *networks, int most, const char *list);

/* The addresses from `first` up to the next range have this value. */
struct network_range {
	unsigned __int128 first;
	uint32_t value;
};

struct network_map {
	struct network_range *ranges; /* sorted; the first range starts at address 0 */
	size_t count;
};

/* Sorts networks for network_map_init(): a network is before the networks that it contains. */
void network_sort(struct network *networks, size_t count);

static inline bool network_equal(const struct network *a, const struct network *b)
{
	return a->first == b->first && a->last == b->last;
}

/*
 * Makes the map of `networks`, which are sorted and have no duplicates. Addresses outside all
 * networks get the value `outside`. Returns 0 or -ENOMEM.
 */
int network_map_init(
	struct network_map *map, const struct network *networks, size_t count, uint32_t outside);
void network_map_deinit(struct network_map *map);

/* Returns the value of an address: IPv6, or IPv4 as v4-mapped. */
uint32_t network_map_find(const struct network_map *map, const uint8_t address[16]);

#endif
