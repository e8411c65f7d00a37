/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "ledger_text.h"

#include <string.h>

#include "codec.h"
#include "wire.h"

static void write_segments(struct text *t, const struct ledger *ledger)
{
	text_family(t, "rexmit_segments_total", TEXT_COUNTER,
		"TCP segments retransmitted, as the collector counted them since it attached.");
	for (unsigned cause = WIRE_CAUSE_SYN; cause < WIRE_CAUSES; cause++) {
		for (unsigned scope = 0; scope < WIRE_SCOPES; scope++) {
			text_begin(t, "rexmit_segments_total");
			text_label(t, "cause", wire_cause_name(cause));
			text_label(t, "scope", wire_scope_name(scope));
			text_value(t, ledger_value(ledger, WIRE_COUNTER_SEGMENTS, cause, scope));
		}
	}
}

static void write_unattributed(struct text *t, const struct ledger *ledger)
{
	text_family(t, "rexmit_unattributed_segments_total", TEXT_COUNTER,
		"TCP segments retransmitted whose peer was lost with the ring full.");
	for (unsigned cause = WIRE_CAUSE_SYN; cause < WIRE_CAUSES; cause++) {
		text_begin(t, "rexmit_unattributed_segments_total");
		text_label(t, "cause", wire_cause_name(cause));
		text_value(t, ledger_value(ledger, WIRE_COUNTER_UNATTRIBUTED, cause, 0));
	}
}

/* An errno's name; 0 is what a qdisc's refusal became, a positive NET_XMIT_ code in the kernel. */
static void label_errno(struct text *t, unsigned number)
{
	const char *name = number == 0 ? "XMIT_DROP" : strerrorname_np((int)number);

	if (name)
		text_label(t, "errno", name);
	else
		text_label_number(t, "errno", number);
}

static void write_failures(struct text *t, const struct ledger *ledger)
{
	text_family(t, "rexmit_retransmit_failures_total", TEXT_COUNTER,
		"Attempts to retransmit that the host itself refused, by error.");
	for (uint32_t number = 0; number < ledger_labels(WIRE_COUNTER_FAILURES); number++) {
		if (!ledger_known(ledger, WIRE_COUNTER_FAILURES, number, 0))
			continue;
		text_begin(t, "rexmit_retransmit_failures_total");
		label_errno(t, number);
		text_value(t, ledger_value(ledger, WIRE_COUNTER_FAILURES, number, 0));
	}
}

static void write_missed(struct text *t, const struct ledger *ledger)
{
	text_family(t, "rexmit_missed_invocations_total", TEXT_COUNTER,
		"Times that the kernel skipped a BPF program that was active on the CPU already.");
	for (uint32_t i = 0; i < ledger_labels(WIRE_COUNTER_MISSED); i++) {
		if (!ledger_known(ledger, WIRE_COUNTER_MISSED, i, 0))
			continue;
		text_begin(t, "rexmit_missed_invocations_total");
		text_label(t, "program", wire_program_name(i));
		text_value(t, ledger_value(ledger, WIRE_COUNTER_MISSED, i, 0));
	}
}

static void write_refused(struct text *t, const struct ledger *ledger)
{
	text_family(t, "rexmit_peers_refused_total", TEXT_COUNTER,
		"Connections that the collector closed, by reason.");
	for (unsigned reason = 0; reason < WIRE_REFUSALS; reason++) {
		text_begin(t, "rexmit_peers_refused_total");
		text_label(t, "reason", wire_refusal_name(reason));
		text_value(t, ledger_value(ledger, WIRE_COUNTER_PEERS_REFUSED, reason, 0));
	}
}

static void write_resets(struct text *t, const struct ledger *ledger)
{
	text_family(t, "rexmit_resets_total", TEXT_COUNTER,
		"Resets, of connections and without one, as the collector counted them.");
	for (unsigned direction = 0; direction < WIRE_RESETS; direction++) {
		for (unsigned scope = 0; scope < WIRE_SCOPES; scope++) {
			text_begin(t, "rexmit_resets_total");
			text_label(t, "direction", wire_reset_name(direction));
			text_label(t, "scope", wire_scope_name(scope));
			text_value(t, ledger_value(ledger, WIRE_COUNTER_RESETS, direction, scope));
		}
	}
	text_family(t, "rexmit_unattributed_resets_total", TEXT_COUNTER,
		"Resets of connections that ended while the ring was half full.");
	for (unsigned direction = 0; direction < WIRE_RESETS; direction++) {
		text_begin(t, "rexmit_unattributed_resets_total");
		text_label(t, "direction", wire_reset_name(direction));
		text_value(t, ledger_value(ledger, WIRE_COUNTER_RESETS_UNATTRIBUTED, direction, 0));
	}
}

/* Values of the collector without a label; those of the moment are left out while it is gone. */
static const struct {
	enum wire_counter_id id;
	const char *name, *help;
	enum text_type type;
	unsigned digits;
	bool always;
} collector_values[] = {
	{WIRE_COUNTER_KERNEL_RETRANS_SEGS, "rexmit_kernel_retrans_segments_total",
		"The kernel's RetransSegs of the host's network namespace.", TEXT_COUNTER, 0,
		false},
	{WIRE_COUNTER_KERNEL_OUT_SEGS, "rexmit_kernel_out_segments_total",
		"The kernel's OutSegs of the host's network namespace.", TEXT_COUNTER, 0, false},
	{WIRE_COUNTER_KERNEL_OUT_RSTS, "rexmit_kernel_out_resets_total",
		"The kernel's OutRsts of the host's network namespace.", TEXT_COUNTER, 0, false},
	{WIRE_COUNTER_RESETS_WITHOUT_CONNECTION, "rexmit_resets_without_connection_total",
		"Resets sent in answer to a segment that belongs to no connection.", TEXT_COUNTER,
		0, true},
	{WIRE_COUNTER_DEFERRED, "rexmit_deferred_segments",
		"TCP segments retransmitted that wait in their socket because the ring was full.",
		TEXT_GAUGE, 0, false},
	{WIRE_COUNTER_DEFERRALS, "rexmit_deferrals_total",
		"TCP segments retransmitted that were put off because the ring was full, each once.",
		TEXT_COUNTER, 0, true},
	{WIRE_COUNTER_SENT_UNATTRIBUTED, "rexmit_sent_unattributed_segments_total",
		"TCP segments sent whose connection ended while the ring was full.", TEXT_COUNTER,
		0, true},
	{WIRE_COUNTER_RING_SIZE, "rexmit_ring_size_bytes", "Size of the kernel's ring.", TEXT_GAUGE,
		0, false},
	{WIRE_COUNTER_RING_USED, "rexmit_ring_used_bytes",
		"Bytes in the kernel's ring that no exporter has acknowledged.", TEXT_GAUGE, 0,
		false},
	{WIRE_COUNTER_MEMORY, "rexmit_collector_resident_memory_bytes",
		"Resident memory of the collector.", TEXT_GAUGE, 0, false},
	{WIRE_COUNTER_CPU_NS, "rexmit_collector_cpu_seconds_total",
		"User and system CPU time of the collector.", TEXT_COUNTER, 9, true},
};

static void write_values(struct text *t, const struct ledger *ledger, bool up)
{
	for (size_t i = 0; i < sizeof(collector_values) / sizeof(collector_values[0]); i++) {
		bool known = up && ledger_known(ledger, collector_values[i].id, 0, 0);

		if (!known && !collector_values[i].always)
			continue;
		text_family(t, collector_values[i].name, collector_values[i].type,
			collector_values[i].help);
		text_begin(t, collector_values[i].name);
		text_value_scaled(t, ledger_value(ledger, collector_values[i].id, 0, 0),
			collector_values[i].digits);
	}
}

void ledger_write(struct text *text, const struct ledger *ledger, bool up)
{
	write_segments(text, ledger);
	write_unattributed(text, ledger);
	write_failures(text, ledger);
	write_missed(text, ledger);
	write_resets(text, ledger);
	write_values(text, ledger, up);
	write_refused(text, ledger);
}
