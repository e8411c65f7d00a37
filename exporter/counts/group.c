/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "counts/group.h"

#include <errno.h>
#include <string.h>

static const char *const label_names[GROUP_LABELS] = {
	[GROUP_IP_VERSION] = "ip_version",
	[GROUP_SRC_IP] = "src_ip",
	[GROUP_SRC_PORT] = "src_port",
	[GROUP_DST_IP] = "dst_ip",
	[GROUP_DST_PORT] = "dst_port",
	[GROUP_CGROUP] = "cgroup",
	[GROUP_POD_UID] = "pod_uid",
	[GROUP_CONTAINER_ID] = "container_id",
	[GROUP_UNIT] = "unit",
	[GROUP_PROCESS] = "process",
	[GROUP_SRC_NETWORK] = "src_network",
	[GROUP_DST_NETWORK] = "dst_network",
	[GROUP_NETNS] = "netns",
	[GROUP_UID] = "uid",
	[GROUP_ROLE] = "role",
	[GROUP_CAUSE] = "cause",
};

static void mask_address(uint8_t mask[16], unsigned bits)
{
	for (unsigned i = 0; i < 16; i++, bits -= bits < 8 ? bits : 8)
		mask[i] = (uint8_t)(0xff00 >> (bits < 8 ? bits : 8));
}

/* Keeps the server's port, and with --ports all also the client's port. */
static void mask_ports(union group_key *mask, const struct grouping *g, enum wire_role role)
{
	if (grouping_has(g, GROUP_SRC_PORT) && (g->all_ports || role == WIRE_ROLE_SERVER))
		mask->local_port = UINT16_MAX;
	if (grouping_has(g, GROUP_DST_PORT) && (g->all_ports || role == WIRE_ROLE_CLIENT))
		mask->remote_port = UINT16_MAX;
}

static void mask_init(
	union group_key *mask, const struct grouping *g, unsigned address_bits, enum wire_role role)
{
	if (grouping_has(g, GROUP_SRC_IP))
		mask_address(mask->local_addr, address_bits);
	if (grouping_has(g, GROUP_DST_IP))
		mask_address(mask->remote_addr, address_bits);
	mask_ports(mask, g, role);
	for (unsigned i = 0; i < GROUP_NAMES; i++) {
		if (grouping_has(g, GROUP_CGROUP + i))
			mask->names.number[i] = UINT16_MAX;
	}
	if (grouping_has(g, GROUP_NETNS))
		mask->netns = UINT32_MAX;
	if (grouping_has(g, GROUP_UID))
		mask->uid = UINT32_MAX;
	if (grouping_has(g, GROUP_IP_VERSION))
		mask->ip_version = UINT8_MAX;
	if (grouping_has(g, GROUP_ROLE))
		mask->role = UINT8_MAX;
}

void grouping_init(struct grouping *grouping, unsigned labels, bool all_ports, unsigned prefix4,
	unsigned prefix6)
{
	*grouping = (struct grouping){
		.labels = labels,
		.all_ports = all_ports,
		.prefix4 = prefix4,
		.prefix6 = prefix6,
	};
	for (int server = 0; server < 2; server++) {
		enum wire_role role = server ? WIRE_ROLE_SERVER : WIRE_ROLE_CLIENT;

		/* In v4-mapped addresses, the IPv4 address is the last 32 bits. */
		mask_init(&grouping->masks[0][server], grouping, 96 + prefix4, role);
		mask_init(&grouping->masks[1][server], grouping, prefix6, role);
	}
}

void group_key_of(union group_key *key, const struct grouping *grouping,
	const struct wire_event *event, const struct group_names *names)
{
	const union group_key *mask =
		&grouping->masks[event->ip_version == 6][event->role == WIRE_ROLE_SERVER];

	memcpy(key->local_addr, event->local_addr, sizeof(key->local_addr));
	memcpy(key->remote_addr, event->remote_addr, sizeof(key->remote_addr));
	key->netns = event->netns;
	key->uid = event->uid;
	key->local_port = event->local_port;
	key->remote_port = event->remote_port;
	key->names = *names;
	key->ip_version = event->ip_version;
	key->role = event->role;
	memset(key->reserved, 0, sizeof(key->reserved));
	for (int i = 0; i < GROUP_KEY_WORDS; i++)
		key->words[i] &= mask->words[i];
}

const char *group_label_name(enum group_label label)
{
	return label_names[label];
}

const char *group_overflow_value(enum group_label label)
{
	return 1U << label & GROUP_NETWORK_LABELS ? GROUP_OVERFLOW_NETWORK : "other";
}

static int parse_label(const char *name, size_t length, unsigned *labels)
{
	for (unsigned i = 0; i < GROUP_LABELS; i++) {
		if (strlen(label_names[i]) == length && memcmp(label_names[i], name, length) == 0) {
			*labels |= 1U << i;
			return 0;
		}
	}
	return -EINVAL;
}

int group_labels_parse(const char *list, unsigned *labels, const char **wrong, size_t *wrong_length)
{
	*labels = 0;
	if (strcmp(list, "none") == 0)
		return 0;
	for (const char *name = list;; name++) {
		size_t length = strcspn(name, ",");

		if (parse_label(name, length, labels) < 0) {
			*wrong = name;
			*wrong_length = length;
			return -EINVAL;
		}
		name += length;
		if (*name == '\0')
			return 0;
	}
}
