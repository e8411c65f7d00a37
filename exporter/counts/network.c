/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Two networks are either nested or disjoint. Therefore n networks divide the addresses into at
 * most 2n + 1 ranges. A binary search finds the range of an address.
 */
#include "counts/network.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/invariant.h"

#define ADDRESS_BITS 128
#define NETWORK_LENGTH (INET6_ADDRSTRLEN + 4) /* maximum length of a network as text */
/* ::ffff:0:0/96, RFC 4291 2.5.5.2 */
#define MAPPED_FIRST ((unsigned __int128)0xffff << 32)
#define MAPPED_LAST (MAPPED_FIRST | UINT32_MAX)

/* Maximum nesting: a network for each length of a prefix, and the two of network_map_init(). */
#define NESTED_MOST (ADDRESS_BITS + 3)

static unsigned __int128 number_of(const uint8_t address[16])
{
	unsigned __int128 number = 0;

	for (int i = 0; i < 16; i++)
		number = number << 8 | address[i];
	return number;
}

/* Sets `first`. Returns how many bits the address has, or 0 if `text` is not an address. */
static unsigned parse_address(unsigned __int128 *first, const char *text)
{
	uint8_t bytes[16] = {[10] = 0xff, [11] = 0xff};
	bool v4 = inet_pton(AF_INET, text, bytes + 12) == 1;

	if (!v4 && inet_pton(AF_INET6, text, bytes) != 1)
		return 0;
	*first = number_of(bytes);
	return v4 ? 32 : ADDRESS_BITS;
}

/* Parses a prefix such as "/24". Without a prefix, the network is one address. */
static int parse_prefix(const char *text, unsigned bits, unsigned *prefix)
{
	char *end;

	*prefix = bits;
	if (*text == '\0')
		return 0;
	if (!isdigit((unsigned char)text[1]) || strlen(text) > 4)
		return -EINVAL;
	*prefix = (unsigned)strtoul(text + 1, &end, 10);
	return *end == '\0' && *prefix <= bits ? 0 : -EINVAL;
}

int network_parse(struct network *network, const char *text)
{
	char address[INET6_ADDRSTRLEN];
	size_t length = strcspn(text, "/");
	unsigned __int128 host_bits;
	unsigned bits, prefix;

	if (length >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, length);
	address[length] = '\0';
	bits = parse_address(&network->first, address);
	if (bits == 0 || parse_prefix(text + length, bits, &prefix) < 0)
		return -EINVAL;
	/* A shift by all 128 bits is undefined. */
	host_bits = bits == prefix ? 0 : ~(unsigned __int128)0 >> (ADDRESS_BITS - bits + prefix);
	network->last = network->first | host_bits;
	return network->first & host_bits ? -ERANGE : 0;
}

int network_list_parse(struct network *networks, int most, const char *list)
{
	char text[NETWORK_LENGTH + 1];
	int count = 0;

	for (const char *start = list;; start++) {
		size_t length = strcspn(start, ",");

		if (count == most || length > NETWORK_LENGTH)
			return -EINVAL;
		memcpy(text, start, length);
		text[length] = '\0';
		networks[count] = (struct network){.value = 1};
		if (network_parse(&networks[count], text) < 0)
			return -EINVAL;
		count++;
		start += length;
		if (*start == '\0')
			return count;
	}
}

static int compare(const void *left, const void *right)
{
	const struct network *a = left, *b = right;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	if (a->last != b->last)
		return a->last > b->last ? -1 : 1;
	return a->line < b->line ? -1 : a->line > b->line;
}

void network_sort(struct network *networks, size_t count)
{
	if (count > 0)
		qsort(networks, count, sizeof(*networks), compare);
}

/* The networks that contain the current address, from the largest to the smallest. */
struct nest {
	struct network_map *map;
	struct network networks[NESTED_MOST];
	unsigned depth;
};

/* Starts a range, or replaces one that starts at the same address. */
static void range_add(struct network_map *map, unsigned __int128 first, uint32_t value)
{
	if (map->count > 0 && map->ranges[map->count - 1].first == first)
		map->count--;
	map->ranges[map->count++] = (struct network_range){first, value};
}

static void nest_enter(struct nest *nest, const struct network *network)
{
	invariant(nest->depth < NESTED_MOST);
	nest->networks[nest->depth++] = *network;
	range_add(nest->map, network->first, network->value);
}

/* Removes the networks that end before `first`. After each, the enclosing network continues. */
static void nest_leave(struct nest *nest, unsigned __int128 first)
{
	while (nest->depth > 1 && nest->networks[nest->depth - 1].last < first) {
		nest->depth--;
		range_add(nest->map, nest->networks[nest->depth].last + 1,
			nest->networks[nest->depth - 1].value);
	}
}

static void nest_add(struct nest *nest, const struct network *network)
{
	nest_leave(nest, network->first);
	nest_enter(nest, network);
}

/* The network `mapped` excludes IPv4 addresses from IPv6 networks such as ::/0. */
int network_map_init(
	struct network_map *map, const struct network *networks, size_t count, uint32_t outside)
{
	const struct network all = {.last = ~(unsigned __int128)0, .value = outside};
	const struct network mapped = {
		.first = MAPPED_FIRST, .last = MAPPED_LAST, .value = outside};
	struct nest nest = {.map = map};
	size_t i = 0;

	*map = (struct network_map){.ranges = calloc(2 * count + 5, sizeof(*map->ranges))};
	if (!map->ranges)
		return -ENOMEM;
	nest_enter(&nest, &all);
	while (i < count && compare(&networks[i], &mapped) < 0)
		nest_add(&nest, &networks[i++]);
	nest_add(&nest, &mapped);
	while (i < count)
		nest_add(&nest, &networks[i++]);
	nest_leave(&nest, all.last);
	return 0;
}

void network_map_deinit(struct network_map *map)
{
	free(map->ranges);
	*map = (struct network_map){0};
}

static bool is_mapped(unsigned __int128 number)
{
	return MAPPED_FIRST <= number && number <= MAPPED_LAST;
}

bool network_contains(const struct network *network, const uint8_t address[16])
{
	unsigned __int128 number = number_of(address);

	if (is_mapped(number) && !is_mapped(network->first))
		return false;
	return network->first <= number && number <= network->last;
}

uint32_t network_map_find(const struct network_map *map, const uint8_t address[16])
{
	unsigned __int128 number = number_of(address);
	size_t low = 0, high = map->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (map->ranges[middle].first <= number)
			low = middle;
		else
			high = middle;
	}
	return map->ranges[low].value;
}
