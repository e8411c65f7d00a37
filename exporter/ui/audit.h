/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Compares the collector's count of the host's retransmissions with the kernel's RetransSegs.
 *
 * RetransSegs counts since boot, and the collector counts since it attached. The comparison starts
 * when both counts are known. The collector does not read both counts at the same time. A segment
 * between the two readings would cause a permanent difference. Therefore the start is moved, once,
 * to a time at which neither count has changed for a second.
 */
#ifndef REXMIT_AUDIT_H
#define REXMIT_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "intake/stream.h"

struct audit_counters {
	uint64_t kernel, counted;
};

struct audit {
	struct audit_counters begin, last;
	struct table_time since;  /* real_s is 0 before the comparison starts */
	uint64_t counter_records; /* COUNTER records received, at the last comparison */
	uint64_t restarts;        /* restarts of the collector, at the last comparison */
	uint32_t equal_s;         /* CLOCK_MONOTONIC when both counts were last equal */
	bool settled;             /* `begin` is from a time at which neither count changed */
	bool known;               /* both counts were known at the last comparison */
};

/* Call this once a second. */
void audit_compare(struct audit *audit, const struct stream *stream, struct table_time now);

/* Returns both counts from `since` to the last comparison. Valid only if `known` is set. */
static inline struct audit_counters audit_counters(const struct audit *audit)
{
	return (struct audit_counters){
		.kernel = audit->last.kernel - audit->begin.kernel,
		.counted = audit->last.counted - audit->begin.counted,
	};
}

#endif
