/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "ui/audit.h"

static struct audit_counters read_counters(const struct ledger *ledger)
{
	struct audit_counters counters = {
		.kernel = ledger_value(ledger, WIRE_COUNTER_KERNEL_RETRANS_SEGS, 0, 0),
	};

	for (uint32_t cause = WIRE_CAUSE_SYN; cause < WIRE_CAUSES; cause++)
		counters.counted +=
			ledger_value(ledger, WIRE_COUNTER_SEGMENTS, cause, WIRE_SCOPE_HOST);
	return counters;
}

static void audit_begin(struct audit *audit, struct audit_counters counters, struct table_time now)
{
	audit->begin = counters;
	audit->since = now;
}

void audit_compare(struct audit *audit, const struct stream *stream, struct table_time now)
{
	const struct ledger *ledger = stream->sinks.ledger;
	uint64_t counter_records = stream->past->counts.records[WIRE_COUNTER];
	bool other = audit->restarts != stream->past->counts.restarts;
	struct audit_counters counters = read_counters(ledger);
	bool unchanged =
		counters.kernel == audit->last.kernel && counters.counted == audit->last.counted;

	audit->known = ledger_known(ledger, WIRE_COUNTER_KERNEL_RETRANS_SEGS, 0, 0) &&
		       ledger_known(ledger, WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_SYN, WIRE_SCOPE_HOST);
	if (!audit->known || counter_records == audit->counter_records)
		return;
	/* The counts of a new instance start when it attaches. */
	if (audit->since.real_s == 0 || other || counters.kernel < audit->begin.kernel) {
		audit_begin(audit, counters, now);
		audit->settled = false;
	} else if (!audit->settled && unchanged) {
		audit_begin(audit, counters, now);
		audit->settled = true;
	}
	audit->last = counters;
	audit->counter_records = counter_records;
	audit->restarts = stream->past->counts.restarts;
	if (audit_counters(audit).kernel == audit_counters(audit).counted)
		audit->equal_s = now.monotonic_s;
}
