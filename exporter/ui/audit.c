/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "ui/audit.h"

static struct audit_sums read_sums(const struct ledger *ledger)
{
	struct audit_sums sums = {
		.kernel = ledger_value(ledger, WIRE_COUNTER_KERNEL_RETRANS_SEGS, 0, 0),
	};

	for (uint32_t cause = WIRE_CAUSE_SYN; cause < WIRE_CAUSES; cause++)
		sums.counted += ledger_value(ledger, WIRE_COUNTER_SEGMENTS, cause, WIRE_SCOPE_HOST);
	return sums;
}

static void audit_begin(struct audit *audit, struct audit_sums sums, struct table_time now)
{
	audit->begin = sums;
	audit->since = now;
}

void audit_look(struct audit *audit, const struct stream *stream, struct table_time now)
{
	const struct ledger *ledger = stream->sinks.ledger;
	uint64_t counters = stream->past->statistics.records[WIRE_COUNTER];
	bool other = audit->restarts != stream->past->statistics.restarts;
	struct audit_sums sums = read_sums(ledger);
	bool at_rest = sums.kernel == audit->last.kernel && sums.counted == audit->last.counted;

	audit->known = ledger_known(ledger, WIRE_COUNTER_KERNEL_RETRANS_SEGS, 0, 0) &&
		       ledger_known(ledger, WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_SYN, WIRE_SCOPE_HOST);
	if (!audit->known || counters == audit->counters)
		return;
	/* Another instance did not see what the kernel counted before it came. */
	if (audit->since.real_s == 0 || other || sums.kernel < audit->begin.kernel) {
		audit_begin(audit, sums, now);
		audit->settled = false;
	} else if (!audit->settled && at_rest) {
		audit_begin(audit, sums, now);
		audit->settled = true;
	}
	audit->last = sums;
	audit->counters = counters;
	audit->restarts = stream->past->statistics.restarts;
	if (audit_sums(audit).kernel == audit_sums(audit).counted)
		audit->equal_s = now.monotonic_s;
}
