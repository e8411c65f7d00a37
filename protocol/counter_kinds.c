/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "counter_kinds.h"

#include "codec.h"
#include "tracepoints.h"

#define CAUSE                                                                                      \
	.label = "cause", .label_value = wire_cause_name, .first_label = WIRE_CAUSE_SYN,           \
	.labels = WIRE_CAUSES /* without NONE, which is not a cause of a retransmission */
#define DIRECTION .label = "direction", .label_value = wire_reset_name, .labels = WIRE_RESETS
#define NO_LABEL .labels = 1
#define SCOPE .scopes = WIRE_SCOPES
#define NO_SCOPE .scopes = 1

const struct wire_counter_kind wire_counter_kinds[WIRE_COUNTER_IDS] = {
	[WIRE_COUNTER_SEGMENTS] = {"rexmit_segments_total",
		"TCP segments retransmitted, as the collector counted them since it attached.",
		WIRE_SINCE_ATTACH, CAUSE, SCOPE},
	[WIRE_COUNTER_UNATTRIBUTED] = {"rexmit_unattributed_segments_total",
		"TCP segments retransmitted whose peer is unknown because the ring was full or "
		"their record was invalid.",
		WIRE_SINCE_ATTACH, CAUSE, NO_SCOPE},
	[WIRE_COUNTER_DEFERRED] = {"rexmit_deferred_segments",
		"TCP segments retransmitted that wait in their socket because the ring was full.",
		WIRE_MOMENTARY, NO_LABEL, NO_SCOPE, .gauge = true},
	[WIRE_COUNTER_FAILURES] = {"rexmit_retransmit_failures_total",
		"Attempts to retransmit that the host itself refused, by error.", WIRE_SINCE_ATTACH,
		.label = "errno", .label_value = wire_errno_name, .labels = WIRE_ERRNOS, NO_SCOPE,
		.sparse = true},
	[WIRE_COUNTER_MISSED] = {"rexmit_missed_invocations_total",
		"Times that the kernel skipped a BPF program that was active on the CPU already.",
		WIRE_SINCE_ATTACH, .label = "program", .label_value = wire_program_name,
		.labels = WIRE_PROGRAMS, NO_SCOPE, .sparse = true},
	[WIRE_COUNTER_KERNEL_RETRANS_SEGS] = {"rexmit_kernel_retrans_segments_total",
		"The kernel's RetransSegs of the host's network namespace.", WIRE_MOMENTARY,
		NO_LABEL, NO_SCOPE},
	[WIRE_COUNTER_KERNEL_OUT_SEGS] = {"rexmit_kernel_out_segments_total",
		"The kernel's OutSegs of the host's network namespace.", WIRE_MOMENTARY, NO_LABEL,
		NO_SCOPE},
	[WIRE_COUNTER_RING_SIZE] = {"rexmit_ring_size_bytes", "Size of the kernel's ring.",
		WIRE_MOMENTARY, NO_LABEL, NO_SCOPE, .gauge = true},
	[WIRE_COUNTER_RING_USED] = {"rexmit_ring_used_bytes",
		"Bytes in the kernel's ring that no exporter has acknowledged.", WIRE_MOMENTARY,
		NO_LABEL, NO_SCOPE, .gauge = true},
	[WIRE_COUNTER_DEFERRALS] = {"rexmit_deferrals_total",
		"TCP segments retransmitted that were deferred because the ring was full, each "
		"once.",
		WIRE_SINCE_ATTACH, NO_LABEL, NO_SCOPE},
	[WIRE_COUNTER_PEERS_REFUSED] = {"rexmit_peers_refused_total",
		"Connections that the collector closed, by reason.", WIRE_SINCE_START,
		.label = "reason", .label_value = wire_refusal_name, .labels = WIRE_REFUSALS,
		NO_SCOPE},
	[WIRE_COUNTER_MEMORY] = {"rexmit_collector_resident_memory_bytes",
		"Resident memory of the collector.", WIRE_MOMENTARY, NO_LABEL, NO_SCOPE,
		.gauge = true},
	[WIRE_COUNTER_CPU_NS] = {"rexmit_collector_cpu_seconds_total",
		"User and system CPU time of the collector.", WIRE_SINCE_START, NO_LABEL, NO_SCOPE,
		.digits = 9},
	[WIRE_COUNTER_SENT_UNATTRIBUTED] = {"rexmit_sent_unattributed_segments_total",
		"TCP segments sent that no record reported, because the ring was more than half full "
		"or the record was invalid.",
		WIRE_SINCE_ATTACH, NO_LABEL, NO_SCOPE},
	[WIRE_COUNTER_RESETS] = {"rexmit_resets_total",
		"Resets, with and without a connection, as the collector counted them.",
		WIRE_SINCE_ATTACH, DIRECTION, SCOPE},
	[WIRE_COUNTER_RESETS_WITHOUT_CONNECTION] = {"rexmit_resets_without_connection_total",
		"Resets sent in answer to a segment that belongs to no connection.",
		WIRE_SINCE_ATTACH, NO_LABEL, NO_SCOPE},
	[WIRE_COUNTER_RESETS_UNATTRIBUTED] = {"rexmit_unattributed_resets_total",
		"Resets of connections that no record reported, because the ring was more than half "
		"full or the record was invalid.",
		WIRE_SINCE_ATTACH, DIRECTION, NO_SCOPE},
	[WIRE_COUNTER_KERNEL_OUT_RSTS] = {"rexmit_kernel_out_resets_total",
		"The kernel's OutRsts of the host's network namespace.", WIRE_MOMENTARY, NO_LABEL,
		NO_SCOPE},
	[WIRE_COUNTER_CONNECTIONS_UNATTRIBUTED] = {"rexmit_unattributed_connections_total",
		"Ends of connections that no record reported, because the ring was more than half "
		"full or the record was invalid.",
		WIRE_SINCE_ATTACH, NO_LABEL, NO_SCOPE},
};
