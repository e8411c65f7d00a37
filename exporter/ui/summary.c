/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "ui/summary.h"

#include <errno.h>

#include "counts/top.h"
#include "metrics/series.h"
#include "protocol/codec.h"
#include "protocol/counter_kinds.h"
#include "text/json.h"

static void scaled_or_null(
	struct text *t, const char *name, bool known, uint64_t value, unsigned digits)
{
	if (known)
		json_scaled(t, name, value, digits);
	else
		json_null(t, name);
}

static void write_exporter(struct text *t, const struct summary *s)
{
	json_open(t, "exporter", '{');
	json_string(t, "version", s->version);
	scaled_or_null(t, "start_time_seconds", s->process.start_known, s->process.start_ms, 3);
	scaled_or_null(
		t, "resident_memory_bytes", s->process.memory_known, s->process.resident_bytes, 0);
	json_close(t, '}');
}

static void write_momentary(
	struct text *t, const struct summary *s, const char *name, enum wire_counter_id id)
{
	const struct ledger *ledger = s->stream->sinks.ledger;

	scaled_or_null(t, name, s->collector_up && ledger_known(ledger, id, 0, 0),
		ledger_value(ledger, id, 0, 0), 0);
}

static void write_collector(struct text *t, const struct summary *s)
{
	const struct ledger *ledger = s->stream->sinks.ledger;
	uint64_t attached_ms;
	bool attached = stream_attached_ms(s->stream, &attached_ms) && s->collector_up;

	json_open(t, "collector", '{');
	json_bool(t, "up", s->collector_up);
	json_string(t, "state", s->collector_state);
	json_string(t, "version", s->stream->past->hello.software);
	scaled_or_null(t, "attached_timestamp_seconds", attached, attached_ms, 3);
	json_number(t, "connects", s->stream->past->counts.connects);
	json_number(t, "restarts", s->stream->past->counts.restarts);
	write_momentary(t, s, "ring_size_bytes", WIRE_COUNTER_RING_SIZE);
	write_momentary(t, s, "ring_used_bytes", WIRE_COUNTER_RING_USED);
	write_momentary(t, s, "resident_memory_bytes", WIRE_COUNTER_MEMORY);
	scaled_or_null(t, "cpu_seconds", ledger_known(ledger, WIRE_COUNTER_CPU_NS, 0, 0),
		ledger_value(ledger, WIRE_COUNTER_CPU_NS, 0, 0), 9);
	json_close(t, '}');
}

static void write_segments(struct text *t, const struct ledger *ledger)
{
	json_open(t, "segments", '{');
	for (unsigned scope = 0; scope < WIRE_SCOPES; scope++) {
		json_open(t, wire_scope_name(scope), '{');
		for (unsigned cause = WIRE_CAUSE_SYN; cause < WIRE_CAUSES; cause++)
			json_number(t, wire_cause_name(cause),
				ledger_value(ledger, WIRE_COUNTER_SEGMENTS, cause, scope));
		json_close(t, '}');
	}
	json_close(t, '}');
}

static void write_audit(struct text *t, const struct summary *s)
{
	const struct audit *audit = s->audit;
	struct audit_counters counters = audit_counters(audit);

	if (!audit->known || !s->collector_up) {
		json_null(t, "audit");
		return;
	}
	json_open(t, "audit", '{');
	json_number(t, "since", audit->since.real_s);
	json_number(t, "kernel", counters.kernel);
	json_number(t, "counted", counters.counted);
	json_number(t, "equal_seconds_ago", s->monotonic_ms / 1000 - audit->equal_s);
	json_close(t, '}');
}

static uint64_t sum_labels(const struct ledger *ledger, enum wire_counter_id id)
{
	const struct wire_counter_kind *kind = &wire_counter_kinds[id];
	uint64_t sum = 0;

	for (uint32_t label = kind->first_label; label < kind->labels; label++)
		sum += ledger_value(ledger, id, label, 0);
	return sum;
}

/* Writes the number of all resets, then the resets that belong to no group. */
static void write_resets(struct text *t, const struct summary *s)
{
	const struct ledger *ledger = s->stream->sinks.ledger;
	const struct table_counts *counts = table_counts(s->stream->sinks.table);

	for (unsigned scope = 0; scope < WIRE_SCOPES; scope++) {
		json_open(t, wire_scope_name(scope), '{');
		for (unsigned direction = 0; direction < WIRE_RESETS; direction++)
			json_number(t, wire_reset_name(direction),
				ledger_value(ledger, WIRE_COUNTER_RESETS, direction, scope));
		json_close(t, '}');
	}
	json_number(t, "without_connection",
		ledger_value(ledger, WIRE_COUNTER_RESETS_WITHOUT_CONNECTION, 0, 0));
	json_number(t, "unattributed", sum_labels(ledger, WIRE_COUNTER_RESETS_UNATTRIBUTED));
	json_number(t, "evicted",
		counts->evicted_resets[WIRE_RESET_SENT] +
			counts->evicted_resets[WIRE_RESET_RECEIVED]);
	json_number(t, "ignored",
		counts->ignored_resets[WIRE_RESET_SENT] +
			counts->ignored_resets[WIRE_RESET_RECEIVED]);
}

static void write_ledger(struct text *t, const struct summary *s)
{
	const struct stream_sinks *sinks = &s->stream->sinks;
	const struct ledger *ledger = sinks->ledger;
	const struct table_size *table = table_size(sinks->table);
	const struct table_counts *counts = table_counts(sinks->table);

	json_open(t, "ledger", '{');
	write_momentary(t, s, "deferred_segments", WIRE_COUNTER_DEFERRED);
	json_number(t, "deferrals", sum_labels(ledger, WIRE_COUNTER_DEFERRALS));
	json_number(t, "unattributed_segments", sum_labels(ledger, WIRE_COUNTER_UNATTRIBUTED));
	json_number(t, "sent_unattributed_segments",
		sum_labels(ledger, WIRE_COUNTER_SENT_UNATTRIBUTED));
	json_number(t, "missed_invocations", sum_labels(ledger, WIRE_COUNTER_MISSED));
	json_number(t, "retransmit_failures", sum_labels(ledger, WIRE_COUNTER_FAILURES));
	json_number(t, "duplicate_events", s->stream->past->counts.duplicates);
	json_number(t, "stream_gaps", s->stream->past->counts.gaps);
	json_number(t, "evicted_segments", counts->evicted);
	json_number(t, "evicted_groups", counts->evicted_groups);
	json_number(t, "ignored_segments", counts->ignored);
	json_number(t, "overflow_records", counts->overflow_records);
	json_number(t, "groups", table->groups);
	json_number(t, "series", table->series);
	json_number(t, "series_limit", table->limit);
	json_close(t, '}');
}

static void summary_write_labels(
	struct text *t, const struct series_source *source, const struct group *group)
{
	json_open(t, "labels", '{');
	for (enum group_label label = 0; label < GROUP_CAUSE; label++) {
		const char *name = group_label_name(label);

		if (!grouping_has(source->grouping, label))
			continue;
		if (group == &table_counts(source->table)->other) {
			json_string(t, name, group_overflow_value(label));
		} else if (1U << label & GROUP_NAME_LABELS) {
			json_string(t, name, group_name(source->names, &group->key, label));
		} else {
			json_string_open(t, name);
			series_label_value(t, source, &group->key, label);
			json_string_close(t);
		}
	}
	json_close(t, '}');
}

/* The group "other" has no causes. */
static void write_causes(
	struct text *t, const struct series_source *source, const struct group *group)
{
	if (!grouping_has(source->grouping, GROUP_CAUSE) ||
		group == &table_counts(source->table)->other)
		return;
	json_open(t, "causes", '{');
	for (enum wire_cause cause = WIRE_CAUSE_SYN; cause < WIRE_CAUSES; cause++)
		if (group->retransmitted[cause] > 0)
			json_number(t, wire_cause_name(cause), group->retransmitted[cause]);
	json_close(t, '}');
}

static uint64_t sum_timed_out(const uint64_t ended[WIRE_PHASES])
{
	return ended[WIRE_PHASE_CONNECT] + ended[WIRE_PHASE_ESTABLISHED] +
	       ended[WIRE_PHASE_CLOSING];
}

static void write_consequences(struct text *t, const struct group *group)
{
	uint64_t timed_out = sum_timed_out(group->ended);

	json_number(t, "spurious", group->spurious);
	json_scaled(t, "stall_seconds", group->stall_us, 6);
	json_number(t, "received", group->received);
	json_number(t, "out_of_order", group->out_of_order);
	json_number(t, "connections", group->ended[WIRE_PHASE_NONE] + timed_out);
	json_number(t, "timed_out", timed_out);
}

static void summary_write_group(
	struct text *t, const struct series_source *source, const struct top_entry *entry)
{
	json_open(t, NULL, '{');
	summary_write_labels(t, source, entry->group);
	json_number(t, "recent_retransmitted", entry->recent.retransmitted);
	json_number(t, "recent_sent", entry->recent.sent);
	json_number(t, "retransmitted", entry->ever);
	json_number(t, "sent", entry->group->sent);
	json_number(t, "retransmitted_bytes", entry->group->bytes);
	json_number(t, "retransmitting_connections", entry->group->connections);
	write_consequences(t, entry->group);
	write_causes(t, source, entry->group);
	json_close(t, '}');
}

static void write_resetting(
	struct text *t, const struct series_source *source, const struct top_entry *entry)
{
	json_open(t, NULL, '{');
	summary_write_labels(t, source, entry->group);
	json_number(t, "recent", entry->lately);
	for (unsigned direction = 0; direction < WIRE_RESETS; direction++)
		json_number(t, wire_reset_name(direction), entry->group->resets[direction]);
	json_close(t, '}');
}

static void write_totals(struct text *t, const struct top_totals *totals)
{
	uint64_t timed_out = sum_timed_out(totals->ended);

	json_open(t, "totals", '{');
	json_number(t, "retransmitted", totals->retransmitted);
	json_number(t, "spurious", totals->spurious);
	json_scaled(t, "stall_seconds", totals->stall_us, 6);
	json_number(t, "received", totals->received);
	json_number(t, "out_of_order", totals->out_of_order);
	json_number(t, "connections", totals->ended[WIRE_PHASE_NONE] + timed_out);
	json_open(t, "timed_out", '{');
	for (unsigned phase = WIRE_PHASE_CONNECT; phase < WIRE_PHASES; phase++)
		json_number(t, wire_phase_name(phase), totals->ended[phase]);
	json_close(t, '}');
	json_close(t, '}');
}

static void write_groups(struct text *t, const struct summary *s)
{
	const struct stream_sinks *sinks = &s->stream->sinks;
	const struct series_source source = {
		.grouping = sinks->grouping,
		.table = sinks->table,
		.names = sinks->names,
	};
	uint32_t now_s = (uint32_t)(s->monotonic_ms / 1000);
	struct top top;

	top_find(&top, sinks->table, now_s);
	write_totals(t, &top.totals);
	json_number(t, "recent_seconds", recent_span_s(now_s));
	json_open(t, "groups", '[');
	for (unsigned i = 0; i < top.retransmitting_count; i++)
		summary_write_group(t, &source, &top.retransmitting[i]);
	json_close(t, ']');
	json_open(t, "resets", '{');
	write_resets(t, s);
	json_open(t, "groups", '[');
	for (unsigned i = 0; i < top.resetting_count; i++)
		write_resetting(t, &source, &top.resetting[i]);
	json_close(t, ']');
	json_close(t, '}');
}

int summary_write(struct text *text, const struct summary *summary)
{
	json_open(text, NULL, '{');
	json_scaled(text, "time", summary->real_ms, 3);
	write_exporter(text, summary);
	write_collector(text, summary);
	write_segments(text, summary->stream->sinks.ledger);
	write_audit(text, summary);
	write_ledger(text, summary);
	write_groups(text, summary);
	summary_write_history(text, summary);
	json_close(text, '}');
	text_append_literal(text, "\n");
	return text->failed ? -ENOMEM : 0;
}
