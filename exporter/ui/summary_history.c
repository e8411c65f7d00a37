/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The member "history" of the summary: the increases between consecutive samples. */
#include "ui/summary.h"

#include "protocol/codec.h"
#include "text/json.h"

/* The times are computed from the current time, so a change of the clock changes all of them. */
static void write_times(struct text *t, const struct summary *s)
{
	json_open(t, "time", '[');
	for (uint32_t i = 0; i < history_count(s->history); i++) {
		uint64_t ago_ms = s->monotonic_ms - history_at(s->history, i)->monotonic_ms;

		json_scaled(t, NULL, s->real_ms - ago_ms, 3);
	}
	json_close(t, ']');
}

static void write_growth(
	struct text *t, const struct history *history, const char *name, unsigned counter)
{
	json_open(t, name, '[');
	for (uint32_t i = 1; i < history_count(history); i++) {
		uint64_t before = history_at(history, i - 1)->counters[counter];
		uint64_t value = history_at(history, i)->counters[counter];

		json_number(t, NULL, value > before ? value - before : 0);
	}
	json_close(t, ']');
}

static void write_scope(struct text *t, const struct history *history, enum wire_scope scope)
{
	json_open(t, wire_scope_name(scope), '{');
	for (enum wire_cause cause = WIRE_CAUSE_SYN; cause < WIRE_CAUSES; cause++)
		write_growth(t, history, wire_cause_name(cause), history_counter(scope, cause));
	write_growth(t, history, "resets_sent", history_resets(scope, WIRE_RESET_SENT));
	write_growth(t, history, "resets_received", history_resets(scope, WIRE_RESET_RECEIVED));
	json_close(t, '}');
}

void summary_write_history(struct text *t, const struct summary *s)
{
	json_open(t, "history", '{');
	write_times(t, s);
	for (enum wire_scope scope = 0; scope < WIRE_SCOPES; scope++)
		write_scope(t, s->history, scope);
	write_growth(t, s->history, "kernel_retrans_segments", HISTORY_KERNEL_RETRANS);
	write_growth(t, s->history, "kernel_out_segments", HISTORY_KERNEL_OUT);
	json_close(t, '}');
}
