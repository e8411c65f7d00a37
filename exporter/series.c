/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "series.h"

#include <string.h>

#include "address.h"
#include "codec.h"

static void write_address(struct text *t, const struct grouping *g, const uint8_t addr[16])
{
	char buffer[ADDRESS_LENGTH];
	bool v4 = address_is_v4(addr);
	unsigned prefix = v4 ? g->prefix4 : g->prefix6;

	text_append(t, buffer, address_format(buffer, addr));
	if (prefix < (v4 ? 32 : 128)) {
		text_append(t, "/", 1);
		text_append_number(t, prefix);
	}
}

/* A port that was folded is 0 in the key; no segment has port 0 (RFC 9293 leaves it reserved). */
static void write_port(struct text *t, const struct grouping *g, uint16_t port)
{
	if (port == 0 && !g->all_ports)
		text_append(t, "ephemeral", strlen("ephemeral"));
	else
		text_append_number(t, port);
}

static void write_label_value(struct text *t, const struct grouping *g, const union group_key *key,
	enum group_label label)
{
	const char *role = wire_role_name(key->role);

	switch (label) {
	case GROUP_IP_VERSION:
		return text_append_number(t, key->ip_version);
	case GROUP_SRC_IP:
		return write_address(t, g, key->local_addr);
	case GROUP_SRC_PORT:
		return write_port(t, g, key->local_port);
	case GROUP_DST_IP:
		return write_address(t, g, key->remote_addr);
	case GROUP_DST_PORT:
		return write_port(t, g, key->remote_port);
	case GROUP_CGROUP:
		return text_append_number(t, key->cgroup);
	case GROUP_NETNS:
		return text_append_number(t, key->netns);
	case GROUP_ROLE:
		return text_append(t, role, strlen(role));
	case GROUP_CAUSE:
	case GROUP_LABELS:
		break;
	}
}

/* All labels of a group but its cause, into `labels`, which is emptied. */
static void write_labels(
	struct text *labels, const struct grouping *grouping, const union group_key *key)
{
	labels->length = 0;
	text_begin(labels, "");
	for (enum group_label label = 0; label < GROUP_CAUSE; label++) {
		if (!grouping_has(grouping, label))
			continue;
		text_label_open(labels, group_label_name(label));
		write_label_value(labels, grouping, key, label);
		text_label_close(labels);
	}
}

static void write_retransmissions(struct text *t, const struct grouping *grouping,
	const struct group *group, struct text *labels)
{
	bool named = false;

	for (unsigned cause = 0; cause < WIRE_CAUSES; cause++) {
		if (group->retransmitted[cause] == 0)
			continue;
		if (!named)
			write_labels(labels, grouping, &group->key);
		named = true;
		text_begin(t, "tcp_retransmissions_total");
		text_labels_from(t, labels);
		if (grouping_has(grouping, GROUP_CAUSE))
			text_label(t, "cause", wire_cause_name(cause));
		text_value(t, group->retransmitted[cause]);
	}
}

static void write_sent(struct text *t, const struct grouping *grouping, const struct group *group,
	struct text *labels)
{
	if (group->sent == 0)
		return;
	write_labels(labels, grouping, &group->key);
	text_begin(t, "tcp_segments_sent_total");
	text_labels_from(t, labels);
	text_value(t, group->sent);
}

/* The one series of what found no room, once there is any. */
static void write_other(struct text *t, const struct grouping *grouping, const char *name,
	unsigned labels, uint64_t value)
{
	if (value == 0)
		return;
	text_begin(t, name);
	for (enum group_label label = 0; label < labels; label++) {
		if (grouping_has(grouping, label))
			text_label(t, group_label_name(label), "other");
	}
	text_value(t, value);
}

static uint64_t retransmitted(const struct group *group)
{
	uint64_t sum = 0;

	for (unsigned cause = 0; cause < WIRE_CAUSES; cause++)
		sum += group->retransmitted[cause];
	return sum;
}

void series_write(struct text *text, const struct grouping *grouping, const struct table *table)
{
	const struct group *other = table_other(table), *group;
	struct text labels;
	uint32_t cursor = 0;

	text_init(&labels, text->format, 1024);
	text_family(text, "tcp_retransmissions_total", TEXT_COUNTER,
		"TCP segments retransmitted, by connection group and cause.");
	while ((group = table_next(table, &cursor)))
		write_retransmissions(text, grouping, group, &labels);
	write_other(
		text, grouping, "tcp_retransmissions_total", GROUP_LABELS, retransmitted(other));
	text_family(text, "tcp_segments_sent_total", TEXT_COUNTER,
		"TCP segments sent as OutSegs counts them, without retransmissions of data, by connection group.");
	for (cursor = 0; (group = table_next(table, &cursor));)
		write_sent(text, grouping, group, &labels);
	write_other(text, grouping, "tcp_segments_sent_total", GROUP_CAUSE, other->sent);
	text->failed |= labels.failed;
	text_deinit(&labels);
}
