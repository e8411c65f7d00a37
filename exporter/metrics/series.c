/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * All families are written in one pass over the table, each family into a separate text. Therefore
 * the labels of a group, which are most of the work, are formatted once.
 */
#include "metrics/series.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/invariant.h"
#include "protocol/codec.h"
#include "text/address.h"

enum family {
	RETRANSMISSIONS,
	SPURIOUS,
	STALL,
	SENT,
	RECEIVED,
	OUT_OF_ORDER,
	BYTES,
	RETRANSMITTING,
	CONNECTIONS,
	TIMED_OUT,
	RESETS,
	FAMILIES,
};
_Static_assert(FAMILIES == SERIES_FAMILIES, "series.h");

static const struct {
	const char *name, *created, *help;
} families[FAMILIES] = {
	[RETRANSMISSIONS] = {"tcp_retransmissions_total", "tcp_retransmissions_created",
		"TCP segments retransmitted, by connection group and cause."},
	[SPURIOUS] = {"tcp_spurious_retransmissions_total", "tcp_spurious_retransmissions_created",
		"TCP segments retransmitted that the peer had already received, by connection "
		"group."},
	[STALL] = {"tcp_retransmission_stall_seconds_total",
		"tcp_retransmission_stall_seconds_created",
		"Time that retransmission timers ran before they expired, by connection group."},
	[SENT] = {"tcp_segments_sent_total", "tcp_segments_sent_created",
		"TCP segments sent as OutSegs counts them, without retransmissions of data, by "
		"connection group."},
	[RECEIVED] = {"tcp_segments_received_total", "tcp_segments_received_created",
		"TCP segments received by connections, by connection group."},
	[OUT_OF_ORDER] = {"tcp_out_of_order_segments_received_total",
		"tcp_out_of_order_segments_received_created",
		"TCP segments received after a gap in the sequence, by connection group."},
	[BYTES] = {"tcp_retransmitted_bytes_total", "tcp_retransmitted_bytes_created",
		"TCP payload retransmitted, by connection group."},
	[RETRANSMITTING] = {"tcp_retransmitting_connections_total",
		"tcp_retransmitting_connections_created",
		"Connections that retransmitted, by connection group."},
	[CONNECTIONS] = {"tcp_connections_total", "tcp_connections_created",
		"Connections and attempts that ended, by connection group."},
	[TIMED_OUT] = {"tcp_connections_timed_out_total", "tcp_connections_timed_out_created",
		"Connections that the kernel gave up after a timeout, by connection group and "
		"phase."},
	[RESETS] = {"tcp_resets_total", "tcp_resets_created",
		"Resets of connections, by connection group and direction."},
};

/* The texts between the values are the same for all samples, so they are made once. */
struct writer {
	const struct series_source *source;
	struct text *texts; /* by family */
	struct text_piece names[FAMILIES], created_names[FAMILIES];
	/* The labels of the grouping, in their order, except the cause. */
	struct label {
		enum group_label label;
		/* Text from the end of the previous value to the start of this label's value. */
		struct text_piece begin;
	} label_list[GROUP_CAUSE];
	unsigned local_labels, all_labels; /* numbers of labels; the first ones are local */
	/* Text from the end of the last value in `labels` to the sample's value: without another
	 * label, or with a cause, a phase or a direction. */
	struct text_piece end, cause_ends[WIRE_CAUSES], other_cause_end;
	struct text_piece phase_ends[WIRE_PHASES], reset_ends[WIRE_RESETS];
	struct text labels; /* of the current group, without cause, phase and direction */
	/* The group whose local labels are at the start of `labels`, and the length of these
	 * labels. */
	const union group_key *local;
	size_t local_end;
	bool created;
};

static void series_write_address(struct text *t, const struct grouping *g, const uint8_t addr[16])
{
	bool v4 = address_is_v4(addr);
	unsigned prefix = v4 ? g->prefix4 : g->prefix6;

	address_append(t, addr);
	if (prefix < (v4 ? 32 : 128)) {
		text_append_literal(t, "/");
		text_append_number(t, prefix);
	}
}

/* An ephemeral port is 0 in the key. The port 0 itself is reserved (RFC 6335 6). */
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

	if (1U << label & GROUP_NAME_LABELS)
		return text_append_escaped(t, group_name(source->names, key, label));
	switch (label) {
	case GROUP_IP_VERSION:
		return text_append_number(t, key->ip_version);
	case GROUP_SRC_IP:
		return series_write_address(t, g, key->local_addr);
	case GROUP_SRC_PORT:
		return write_port(t, g, key->local_port);
	case GROUP_DST_IP:
		return series_write_address(t, g, key->remote_addr);
	case GROUP_DST_PORT:
		return write_port(t, g, key->remote_port);
	case GROUP_NETNS:
		return text_append_number(t, key->netns);
	case GROUP_UID:
		return text_append_number(t, key->uid);
	case GROUP_ROLE:
		return text_append_escaped(t, wire_role_name(key->role));
	default:
		break;
	}
}

static void write_some_labels(
	struct writer *w, const union group_key *key, unsigned from, unsigned to)
{
	for (const struct label *l = &w->label_list[from]; l < &w->label_list[to]; l++) {
		text_append_piece(&w->labels, &l->begin);
		series_label_value(&w->labels, w->source, key, l->label);
	}
}

static bool same_local(const union group_key *a, const union group_key *b)
{
	return a->ip_version == b->ip_version && a->local_port == b->local_port &&
	       !memcmp(a->local_addr, b->local_addr, sizeof(a->local_addr));
}

/* A host has few local addresses, so the local labels of the previous group are often the same. */
static void series_write_labels(struct writer *w, const union group_key *key)
{
	if (w->local && same_local(w->local, key)) {
		w->labels.length = w->local_end;
	} else {
		w->labels.length = 0;
		write_some_labels(w, key, 0, w->local_labels);
		w->local = key;
		w->local_end = w->labels.length;
	}
	write_some_labels(w, key, w->local_labels, w->all_labels);
}

/* Writes a sample with the current labels and the label in `end`, if the value is not 0. */
static void write_series(struct writer *w, enum family family, const struct text_piece *end,
	uint64_t value, const struct group *group)
{
	if (value == 0)
		return;
	text_sample(&w->texts[family], &w->names[family], &w->labels, end, value);
	if (w->created)
		text_sample(&w->texts[family], &w->created_names[family], &w->labels, end,
			group->created_s);
}

/* Like write_series(), but converts microseconds to seconds. */
static void write_stall(struct writer *w, const struct group *group)
{
	struct text *t = &w->texts[STALL];

	if (group->stall_us == 0)
		return;
	text_append_piece(t, &w->names[STALL]);
	text_append(t, w->labels.data, w->labels.length);
	text_append_piece(t, &w->end);
	text_append_scaled(t, group->stall_us, 6);
	text_append_literal(t, "\n");
	if (w->created)
		text_sample(t, &w->created_names[STALL], &w->labels, &w->end, group->created_s);
}

static void write_ended(struct writer *w, const struct group *group)
{
	uint64_t sum = 0;

	for (unsigned phase = 0; phase < WIRE_PHASES; phase++)
		sum += group->ended[phase];
	write_series(w, CONNECTIONS, &w->end, sum, group);
	for (unsigned phase = WIRE_PHASE_CONNECT; phase < WIRE_PHASES; phase++)
		write_series(w, TIMED_OUT, &w->phase_ends[phase], group->ended[phase], group);
}

static void write_totals(struct writer *w, const struct group *group)
{
	write_series(w, SPURIOUS, &w->end, group->spurious, group);
	write_stall(w, group);
	write_series(w, SENT, &w->end, group->sent, group);
	write_series(w, RECEIVED, &w->end, group->received, group);
	write_series(w, OUT_OF_ORDER, &w->end, group->out_of_order, group);
	write_series(w, BYTES, &w->end, group->bytes, group);
	write_series(w, RETRANSMITTING, &w->end, group->connections, group);
	write_ended(w, group);
	for (unsigned direction = 0; direction < WIRE_RESETS; direction++)
		write_series(w, RESETS, &w->reset_ends[direction], group->resets[direction], group);
}

static void series_write_group(struct writer *w, const struct group *group)
{
	series_write_labels(w, &group->key);
	for (unsigned cause = 0; cause < WIRE_CAUSES; cause++)
		write_series(w, RETRANSMISSIONS, &w->cause_ends[cause], group->retransmitted[cause],
			group);
	write_totals(w, group);
}

/*
 * Writes the group "other" (group_overflow_value()): one series in each family, two for resets, and
 * three for timeouts.
 */
static void write_other(struct writer *w, const struct group *other)
{
	uint64_t sum = 0;

	w->labels.length = 0;
	for (const struct label *l = w->label_list; l < &w->label_list[w->all_labels]; l++) {
		text_append_piece(&w->labels, &l->begin);
		text_append_escaped(&w->labels, group_overflow_value(l->label));
	}
	for (unsigned cause = 0; cause < WIRE_CAUSES; cause++)
		sum += other->retransmitted[cause];
	write_series(w, RETRANSMISSIONS, &w->other_cause_end, sum, other);
	write_totals(w, other);
}

static void set_piece(struct text_piece *piece, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void set_piece(struct text_piece *piece, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(piece->bytes, sizeof(piece->bytes), format, arguments);
	va_end(arguments);
	invariant(length >= 0 && (size_t)length < sizeof(piece->bytes));
	piece->length = (size_t)length;
}

/* `before` is the text before a label that follows the labels of the group. */
static void set_ends(struct writer *w, const char *before)
{
	bool by_cause = grouping_has(w->source->grouping, GROUP_CAUSE);

	set_piece(&w->end, *before == '{' ? " " : "\"} ");
	w->other_cause_end = w->end;
	if (by_cause)
		set_piece(&w->other_cause_end, "%scause=\"other\"} ", before);
	for (unsigned cause = 0; cause < WIRE_CAUSES; cause++) {
		w->cause_ends[cause] = w->end;
		if (by_cause)
			set_piece(&w->cause_ends[cause], "%scause=\"%s\"} ", before,
				wire_cause_name(cause));
	}
	for (unsigned phase = WIRE_PHASE_CONNECT; phase < WIRE_PHASES; phase++)
		set_piece(
			&w->phase_ends[phase], "%sphase=\"%s\"} ", before, wire_phase_name(phase));
	for (unsigned direction = 0; direction < WIRE_RESETS; direction++)
		set_piece(&w->reset_ends[direction], "%sdirection=\"%s\"} ", before,
			wire_reset_name(direction));
}

/* Returns the text between the last label and a following label. */
static const char *set_labels(struct writer *w)
{
	const char *before = "{";

	for (enum group_label label = 0; label < GROUP_CAUSE; label++) {
		struct label *l = &w->label_list[w->all_labels];

		if (!grouping_has(w->source->grouping, label))
			continue;
		l->label = label;
		set_piece(&l->begin, "%s%s=\"", before, group_label_name(label));
		before = "\",";
		w->all_labels++;
		if (label < GROUP_DST_IP)
			w->local_labels++;
	}
	return before;
}

static void set_pieces(struct writer *w)
{
	for (enum family family = 0; family < FAMILIES; family++) {
		set_piece(&w->names[family], "%s", families[family].name);
		set_piece(&w->created_names[family], "%s", families[family].created);
	}
	set_ends(w, set_labels(w));
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
		series_write_group(w, group);
	write_other(w, &table_counts(table)->other);
}

void series_write(struct text texts[SERIES_FAMILIES], const struct series_source *source)
{
	struct writer w = {
		.source = source,
		.texts = texts,
		.created = source->created && texts[0].format == TEXT_OPENMETRICS,
	};

	set_pieces(&w);
	text_init(&w.labels, texts[0].format, 1024);
	write_all(&w);
	texts[0].failed |= w.labels.failed;
	text_deinit(&w.labels);
}
