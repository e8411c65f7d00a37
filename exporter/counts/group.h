/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * What of an event decides which series it is counted in.
 *
 * The grouping is set once, from the command line. It becomes one mask for each kind of event, so
 * that the key of an event is its fields, masked: no branches per label in the hot path.
 */
#ifndef REXMIT_GROUP_H
#define REXMIT_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/wire.h"

/* In the order in which a series shows them. */
enum group_label {
	GROUP_IP_VERSION,
	GROUP_SRC_IP, /* the local end, whoever connected */
	GROUP_SRC_PORT,
	GROUP_DST_IP,
	GROUP_DST_PORT,
	GROUP_CGROUP,
	GROUP_NETNS,
	GROUP_ROLE,
	GROUP_CAUSE,
	GROUP_LABELS,
};

/* ip_version, src_ip, src_port, dst_ip, dst_port and cause. */
#define GROUP_DEFAULT_LABELS                                                                       \
	(1U << GROUP_IP_VERSION | 1U << GROUP_SRC_IP | 1U << GROUP_SRC_PORT | 1U << GROUP_DST_IP | \
		1U << GROUP_DST_PORT | 1U << GROUP_CAUSE)

#define GROUP_KEY_WORDS 6

/* A group: an event's fields, zero where the grouping folds them. Compared and hashed as bytes. */
union group_key {
	struct {
		uint8_t local_addr[16];
		uint8_t remote_addr[16];
		uint32_t cgroup; /* number of a path, see cgroups.h */
		uint32_t netns;
		uint16_t local_port; /* 0: folded, or not asked for */
		uint16_t remote_port;
		uint8_t ip_version;
		uint8_t role;
		uint8_t reserved[2];
	};
	uint64_t words[GROUP_KEY_WORDS];
};
_Static_assert(sizeof(union group_key) == 8 * GROUP_KEY_WORDS, "no padding in union group_key");

struct grouping {
	unsigned labels; /* 1 << group_label for each */
	bool all_ports;  /* else the ephemeral end's port is folded */
	unsigned prefix4, prefix6;
	union group_key masks[2][2]; /* by IP version (4, 6) and role (client, server) */
};

/* `prefix4` is 0 to 32 and `prefix6` 0 to 128: how many bits of an address are kept. */
void grouping_init(struct grouping *grouping, unsigned labels, bool all_ports, unsigned prefix4,
	unsigned prefix6);

static inline bool grouping_has(const struct grouping *grouping, enum group_label label)
{
	return grouping->labels & 1U << label;
}

/* `cgroup` is the number of the event's cgroup, anything if the grouping has no such label. */
void group_key_of(union group_key *key, const struct grouping *grouping,
	const struct wire_event *event, uint32_t cgroup);

/* The cause to count under: one for all if the grouping has no label for it. */
static inline enum wire_cause group_cause_of(
	const struct grouping *grouping, const struct wire_event *event)
{
	bool fold = event->segments > 0 && !grouping_has(grouping, GROUP_CAUSE);

	return fold ? WIRE_CAUSE_UNKNOWN : (enum wire_cause)event->cause;
}

static inline bool group_key_equal(const union group_key *a, const union group_key *b)
{
	uint64_t difference = 0;

	for (int i = 0; i < GROUP_KEY_WORDS; i++)
		difference |= a->words[i] ^ b->words[i];
	return difference == 0;
}

/* "src_ip" and its like. */
const char *group_label_name(enum group_label label);

/*
 * A comma-separated list of label names, or "none", as a set of bits. Returns 0, or -EINVAL with
 * the unknown (or empty) name's place in `wrong` and its length in `wrong_length`.
 */
int group_labels_parse(
	const char *list, unsigned *labels, const char **wrong, size_t *wrong_length);

#endif
