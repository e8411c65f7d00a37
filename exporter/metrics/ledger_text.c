/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "metrics/ledger_text.h"

#include <string.h>

#include "protocol/codec.h"
#include "protocol/counter_kinds.h"
#include "protocol/wire.h"

/* An errno's name; 0 is what a qdisc's refusal became, a positive NET_XMIT_ code in the kernel. */
static const char *errno_name(unsigned number)
{
	return number == 0 ? "XMIT_DROP" : strerrorname_np((int)number);
}

/* Totals with a label, and perhaps a scope; of some, only those that were ever told are there. */
struct family {
	enum wire_counter_id id;
	const char *name, *help, *label;
	const char *(*label_value)(unsigned number); /* returns NULL: the number itself */
	bool told;
};

static const struct family families[] = {
	{WIRE_COUNTER_SEGMENTS, "rexmit_segments_total",
		"TCP segments retransmitted, as the collector counted them since it attached.",
		"cause", wire_cause_name},
	{WIRE_COUNTER_UNATTRIBUTED, "rexmit_unattributed_segments_total",
		"TCP segments retransmitted whose peer was lost with the ring full.", "cause",
		wire_cause_name},
	{WIRE_COUNTER_FAILURES, "rexmit_retransmit_failures_total",
		"Attempts to retransmit that the host itself refused, by error.", "errno",
		errno_name, .told = true},
	{WIRE_COUNTER_MISSED, "rexmit_missed_invocations_total",
		"Times that the kernel skipped a BPF program that was active on the CPU already.",
		"program", wire_program_name, .told = true},
	{WIRE_COUNTER_RESETS, "rexmit_resets_total",
		"Resets, of connections and without one, as the collector counted them.",
		"direction", wire_reset_name},
	{WIRE_COUNTER_RESETS_UNATTRIBUTED, "rexmit_unattributed_resets_total",
		"Resets of connections that ended while the ring was half full.", "direction",
		wire_reset_name},
	{WIRE_COUNTER_PEERS_REFUSED, "rexmit_peers_refused_total",
		"Connections that the collector closed, by reason.", "reason", wire_refusal_name},
};

static void write_sample(struct text *t, const struct ledger *ledger, const struct family *f,
	uint32_t label, uint32_t scope)
{
	const char *value = f->label_value(label);

	if (f->told && !ledger_known(ledger, f->id, label, scope))
		return;
	text_begin(t, f->name);
	if (value)
		text_label(t, f->label, value);
	else
		text_label_number(t, f->label, label);
	if (wire_counter_kinds[f->id].scopes > 1)
		text_label(t, "scope", wire_scope_name(scope));
	text_value(t, ledger_value(ledger, f->id, label, scope));
}

static void write_family(struct text *t, const struct ledger *ledger, const struct family *f)
{
	const struct wire_counter_kind *kind = &wire_counter_kinds[f->id];

	text_family(t, f->name, TEXT_COUNTER, f->help);
	for (uint32_t label = kind->first_label; label < kind->labels; label++)
		for (uint32_t scope = 0; scope < kind->scopes; scope++)
			write_sample(t, ledger, f, label, scope);
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
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		write_family(text, ledger, &families[i]);
	write_values(text, ledger, up);
}
