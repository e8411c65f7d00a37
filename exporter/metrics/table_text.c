/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "metrics/table_text.h"

#include "protocol/codec.h"

static void write_resets(
	struct text *t, const char *name, const char *help, const uint64_t resets[WIRE_RESETS])
{
	text_family(t, name, TEXT_COUNTER, help);
	for (unsigned direction = 0; direction < WIRE_RESETS; direction++)
		text_labelled(t, name, "direction", wire_reset_name(direction), resets[direction]);
}

static void write_ignored(struct text *t, const struct table_counts *counts)
{
	text_single(t, "rexmit_ignored_segments_total", TEXT_COUNTER,
		"TCP segments retransmitted to networks of --ignore.", counts->ignored);
	text_single(t, "rexmit_ignored_sent_segments_total", TEXT_COUNTER,
		"TCP segments sent to networks of --ignore.", counts->ignored_sent);
	write_resets(t, "rexmit_ignored_resets_total",
		"Resets of connections to networks of --ignore.", counts->ignored_resets);
}

static void write_evicted_connections(struct text *t, const struct table_counts *counts)
{
	static const char timed_out[] = "rexmit_evicted_connections_timed_out_total";
	uint64_t ended = 0;

	for (unsigned phase = 0; phase < WIRE_PHASES; phase++)
		ended += counts->evicted_ended[phase];
	text_single(t, "rexmit_evicted_connections_total", TEXT_COUNTER,
		"Connections of evicted connection groups that had ended.", ended);
	text_family(t, timed_out, TEXT_COUNTER,
		"Connections of evicted connection groups that had timed out, by phase.");
	for (unsigned phase = WIRE_PHASE_CONNECT; phase < WIRE_PHASES; phase++)
		text_labelled(t, timed_out, "phase", wire_phase_name(phase),
			counts->evicted_ended[phase]);
}

static void write_evicted(struct text *t, const struct table_counts *counts)
{
	text_single(t, "rexmit_evicted_segments_total", TEXT_COUNTER,
		"TCP segments that evicted connection groups had retransmitted.", counts->evicted);
	text_single(t, "rexmit_evicted_sent_segments_total", TEXT_COUNTER,
		"TCP segments that evicted connection groups had sent.", counts->evicted_sent);
	text_single(t, "rexmit_evicted_retransmitted_bytes_total", TEXT_COUNTER,
		"TCP payload that evicted connection groups had retransmitted.",
		counts->evicted_bytes);
	text_single(t, "rexmit_evicted_retransmitting_connections_total", TEXT_COUNTER,
		"Retransmitting connections of evicted connection groups.",
		counts->evicted_connections);
	write_resets(t, "rexmit_evicted_resets_total",
		"Resets of connections of evicted connection groups.", counts->evicted_resets);
	text_single(t, "rexmit_evicted_received_segments_total", TEXT_COUNTER,
		"TCP segments that evicted connection groups had received.",
		counts->evicted_received);
	text_single(t, "rexmit_evicted_out_of_order_segments_total", TEXT_COUNTER,
		"TCP segments that evicted connection groups had received after a gap.",
		counts->evicted_out_of_order);
	text_single(t, "rexmit_evicted_spurious_segments_total", TEXT_COUNTER,
		"TCP segments that evicted connection groups had retransmitted without need.",
		counts->evicted_spurious);
	text_single_scaled(t, "rexmit_evicted_stall_seconds_total", TEXT_COUNTER,
		"Retransmission timers that had expired in evicted connection groups.",
		counts->evicted_stall_us, 6);
	write_evicted_connections(t, counts);
	text_single(t, "rexmit_evicted_groups_total", TEXT_COUNTER,
		"Connection groups evicted from the table.", counts->evicted_groups);
}

void table_write(struct text *text, const struct table *table)
{
	const struct table_size *s = table_size(table);
	const struct table_counts *counts = table_counts(table);

	write_evicted(text, counts);
	write_ignored(text, counts);
	text_single(text, "rexmit_overflow_records_total", TEXT_COUNTER,
		"Records counted in the series other, because the table was full.",
		counts->overflow_records);
	text_single(
		text, "rexmit_groups", TEXT_GAUGE, "Connection groups in the table.", s->groups);
	text_single(text, "rexmit_series", TEXT_GAUGE,
		"Series of tcp_retransmissions_total, without the series other.", s->series);
	text_single(text, "rexmit_series_limit", TEXT_GAUGE,
		"Upper limit of rexmit_series and rexmit_groups (--max-series).", s->limit);
}
