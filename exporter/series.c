/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * One walk over the table writes all families at once, each into a text of its own: the labels of
 * a group, which are most of the work, are put together once.
 */
#include "series.h"

#include <string.h>

#include "address.h"
#include "codec.h"

enum family {
	RETRANSMISSIONS,
	SENT,
	BYTES,
	CONNECTIONS,
	RESETS,
	FAMILIES,
};
_Static_assert(FAMILIES == SERIES_FAMILIES, "series.h");

static const struct {
	const char *name, *created, *help;
} families[FAMILIES] = {
	[RETRANSMISSIONS] = {"tcp_retransmissions_total", "tcp_retransmissions_created",
		"TCP segments retransmitted, by connection group and cause."},
	[SENT] = {"tcp_segments_sent_total", "tcp_segments_sent_created",
		"TCP segments sent as OutSegs counts them, without retransmissions of data, by "
		"connection group."},
	[BYTES] = {"tcp_retransmitted_bytes_total", "tcp_retransmitted_bytes_created",
		"TCP payload retransmitted, by connection group."},
	[CONNECTIONS] = {"tcp_retransmitting_connections_total",
		"tcp_retransmitting_connections_created",
		"Connections that have retransmitted anything, by connection group."},
	[RESETS] = {"tcp_resets_total", "tcp_resets_created",
		"Resets of connections, by connection group and direction."},
};

struct writer {
	const struct series_source *source;
	struct text *texts; /* by family */
	struct text labels; /* of the group at hand, but its cause or direction */
	/* The group whose local end `labels` begins with, and where that ends; a host has few. */
	const union group_key *local;
	struct text_mark local_end;
	bool created;
};

static void write_address(struct text *t, const struct grouping *g, const uint8_t addr[16])
{
	bool v4 = address_is_v4(addr);
	unsigned prefix = v4 ? g->prefix4 : g->prefix6;
	char *room = text_reserve(t, ADDRESS_LENGTH);

	if (room)
		t->length += address_format(room, addr);
	if (prefix < (v4 ? 32 : 128)) {
		text_append_literal(t, "/");
		text_append_number(t, prefix);
	}
}

/* A port that was folded is 0 in the key; no segment has port 0 (RFC 9293 leaves it reserved). */
static void write_port(struct text *t, const struct grouping *g, uint16_t port)
{
	if (port == 0 && !g->all_ports)
		text_append_literal(t, "ephemeral");
	else
		text_append_number(t, port);
}

void series_label_value(struct text *text, const struct series_source *source,
	const union group_key *key, enum group_label label)
{
	const struct grouping *g = source->grouping;
	struct text *t = text;

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
		return text_append_escaped(t, cgroups_path(source->cgroups, key->cgroup));
	case GROUP_NETNS:
		return text_append_number(t, key->netns);
	case GROUP_ROLE:
		return text_append_escaped(t, wire_role_name(key->role));
	case GROUP_CAUSE:
	case GROUP_LABELS:
		break;
	}
}

static void write_some_labels(
	struct writer *w, const union group_key *key, enum group_label from, enum group_label to)
{
	for (enum group_label label = from; label < to; label++) {
		if (!grouping_has(w->source->grouping, label))
			continue;
		text_label_open(&w->labels, group_label_name(label));
		series_label_value(&w->labels, w->source, key, label);
		text_label_close(&w->labels);
	}
}

static bool same_local(const union group_key *a, const union group_key *b)
{
	return a->ip_version == b->ip_version && a->local_port == b->local_port &&
	       !memcmp(a->local_addr, b->local_addr, sizeof(a->local_addr));
}

static void write_labels(struct writer *w, const union group_key *key)
{
	if (w->local && same_local(w->local, key)) {
		text_cut(&w->labels, w->local_end);
	} else {
		text_cut(&w->labels, (struct text_mark){0});
		write_some_labels(w, key, 0, GROUP_DST_IP);
		w->local = key;
		w->local_end = text_mark(&w->labels);
	}
	write_some_labels(w, key, GROUP_DST_IP, GROUP_CAUSE);
}

/* A label of one family only. Its value needs no escaping. */
struct own_label {
	const char *name, *value;
};

/* A sample with the labels at hand, and `own` if that is not NULL. */
static void write_sample(struct writer *w, enum family family, const char *name,
	const struct own_label *own, uint64_t value)
{
	struct text *t = &w->texts[family];

	text_begin(t, name);
	text_labels_from(t, &w->labels);
	if (own)
		text_label_plain(t, own->name, own->value);
	text_value(t, value);
}

static void write_series(struct writer *w, enum family family, const struct own_label *own,
	uint64_t value, const struct group *group)
{
	if (value == 0)
		return;
	write_sample(w, family, families[family].name, own, value);
	if (w->created)
		write_sample(w, family, families[family].created, own, group->created_s);
}

static void write_cause(
	struct writer *w, const char *cause, uint64_t segments, const struct group *group)
{
	const struct own_label own = {"cause", cause};
	bool by_cause = grouping_has(w->source->grouping, GROUP_CAUSE);

	write_series(w, RETRANSMISSIONS, by_cause ? &own : NULL, segments, group);
}

static void write_resets(struct writer *w, const struct group *group)
{
	for (unsigned direction = 0; direction < WIRE_RESETS; direction++) {
		const struct own_label own = {"direction", wire_reset_name(direction)};

		write_series(w, RESETS, &own, group->resets[direction], group);
	}
}

static void write_totals(struct writer *w, const struct group *group)
{
	write_series(w, SENT, NULL, group->sent, group);
	write_series(w, BYTES, NULL, group->bytes, group);
	write_series(w, CONNECTIONS, NULL, group->connections, group);
	write_resets(w, group);
}

static void write_group(struct writer *w, const struct group *group)
{
	write_labels(w, &group->key);
	for (unsigned cause = 0; cause < WIRE_CAUSES; cause++)
		if (group->retransmitted[cause] > 0)
			write_cause(w, wire_cause_name(cause), group->retransmitted[cause], group);
	write_totals(w, group);
}

/* What found no room: one series in each family, whose labels are all "other"; of resets, two. */
static void write_other(struct writer *w, const struct group *other)
{
	uint64_t sum = 0;

	text_cut(&w->labels, (struct text_mark){0});
	for (enum group_label label = 0; label < GROUP_CAUSE; label++) {
		if (grouping_has(w->source->grouping, label))
			text_label(&w->labels, group_label_name(label), "other");
	}
	for (unsigned cause = 0; cause < WIRE_CAUSES; cause++)
		sum += other->retransmitted[cause];
	write_cause(w, "other", sum, other);
	write_totals(w, other);
}

static void write_all(struct writer *w)
{
	const struct table *table = w->source->table;
	const struct group *group;
	uint32_t cursor = 0;

	for (enum family family = 0; family < FAMILIES; family++)
		text_family(&w->texts[family], families[family].name, TEXT_COUNTER,
			families[family].help);
	while ((group = table_next(table, &cursor)))
		write_group(w, group);
	write_other(w, &table_sums(table)->other);
}

void series_write(struct text texts[SERIES_FAMILIES], const struct series_source *source)
{
	struct writer w = {
		.source = source,
		.texts = texts,
		.created = source->created && texts[0].format == TEXT_OPENMETRICS,
	};

	text_init(&w.labels, texts[0].format, 1024);
	write_all(&w);
	texts[0].failed |= w.labels.failed;
	text_deinit(&w.labels);
}
