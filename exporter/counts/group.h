/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The grouping: which fields of an event determine the series that counts the event.
 *
 * The command line sets the grouping, which has one mask for each kind of event. The key of an
 * event is the event's fields under the mask of its kind. With masks, the code has no branch for
 * each label.
 */
#ifndef REXMIT_GROUP_H
#define REXMIT_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/wire.h"

/* The labels, in their order in a series. */
enum group_label {
	GROUP_IP_VERSION,
	GROUP_SRC_IP, /* src is always the local end */
	GROUP_SRC_PORT,
	GROUP_DST_IP,
	GROUP_DST_PORT,
	GROUP_CGROUP, /* the first label whose values are names (names.h) */
	GROUP_POD_UID,
	GROUP_CONTAINER_ID,
	GROUP_UNIT,
	GROUP_PROCESS,
	GROUP_SRC_NETWORK,
	GROUP_DST_NETWORK, /* the last label whose values are names */
	GROUP_NETNS,
	GROUP_UID,
	GROUP_ROLE,
	GROUP_CAUSE,
	GROUP_LABELS,
};

/* ip_version, src_ip, src_port, dst_ip, dst_port and cause. */
#define GROUP_DEFAULT_LABELS                                                                       \
	(1U << GROUP_IP_VERSION | 1U << GROUP_SRC_IP | 1U << GROUP_SRC_PORT | 1U << GROUP_DST_IP | \
		1U << GROUP_DST_PORT | 1U << GROUP_CAUSE)

#define GROUP_CGROUP_NAMES (GROUP_UNIT - GROUP_CGROUP + 1)
#define GROUP_NAMES (GROUP_DST_NETWORK - GROUP_CGROUP + 1)

/* Sets of labels: of a cgroup, of networks, and all labels whose values are names. */
#define GROUP_CGROUP_LABELS (((1U << GROUP_CGROUP_NAMES) - 1) << GROUP_CGROUP)
#define GROUP_NETWORK_LABELS (1U << GROUP_SRC_NETWORK | 1U << GROUP_DST_NETWORK)
#define GROUP_NAME_LABELS (GROUP_CGROUP_LABELS | 1U << GROUP_PROCESS | GROUP_NETWORK_LABELS)

/* Numbers of names (names.h), indexed by label - GROUP_CGROUP. */
struct group_names {
	uint16_t number[GROUP_NAMES];
};

#define GROUP_KEY_WORDS 8

/* The fields of an event. A field that the grouping drops is zero. */
union group_key {
	struct {
		uint8_t local_addr[16];
		uint8_t remote_addr[16];
		uint32_t netns;
		uint32_t uid;
		uint16_t local_port; /* 0: an ephemeral port, or no label */
		uint16_t remote_port;
		struct group_names names;
		uint8_t ip_version;
		uint8_t role;
		uint8_t reserved[4];
	};
	uint64_t words[GROUP_KEY_WORDS];
};
_Static_assert(sizeof(union group_key) == 8 * GROUP_KEY_WORDS, "no padding in union group_key");

struct grouping {
	unsigned labels; /* a bit, 1 << group_label, for each label */
	bool all_ports;  /* false: ephemeral ports become 0 */
	unsigned prefix4, prefix6;
	union group_key masks[2][2]; /* by IP version (4, 6) and role (client, server) */
};

/* `prefix4` (0 to 32) and `prefix6` (0 to 128) are the number of address bits to keep. */
void grouping_init(struct grouping *grouping, unsigned labels, bool all_ports, unsigned prefix4,
	unsigned prefix6);

static inline bool grouping_has(const struct grouping *grouping, enum group_label label)
{
	return grouping->labels & 1U << label;
}

/* Sets `key` to the key of `event`. Names of labels that the grouping does not have are ignored. */
void group_key_of(union group_key *key, const struct grouping *grouping,
	const struct wire_event *event, const struct group_names *names);

/*
 * Returns the cause under which segments are counted. Without the label "cause", all causes are
 * counted as WIRE_CAUSE_UNKNOWN.
 */
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

/* Returns the name of a label, such as "src_ip". */
const char *group_label_name(enum group_label label);

/*
 * Returns the value of a label in the series for events that the table has no room for. No group
 * has this value. For labels of networks the value is "overflow", because "other" means a network
 * without a name.
 */
#define GROUP_OVERFLOW_NETWORK "overflow"
const char *group_overflow_value(enum group_label label);

/*
 * Parses a comma-separated list of label names, or "none", into a bit set. Returns 0, or -EINVAL
 * after setting `wrong` and `wrong_length` to the unknown or empty name.
 */
int group_labels_parse(
	const char *list, unsigned *labels, const char **wrong, size_t *wrong_length);

#endif
