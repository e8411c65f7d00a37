/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Compares the collector's count of the host's retransmissions with the kernel's RetransSegs.
 *
 * RetransSegs counts since boot, the collector since it attached. So the comparison starts when
 * both are known. The collector reads one shortly after the other, and segments between the two
 * readings would be a permanent difference. So the start is moved, once, to a time at which neither
 * had changed for a second.
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
	uint64_t counter_records; /* COUNTER records received when last compared */
	uint64_t restarts;        /* restarts of the collector when last compared */
	uint32_t equal_s;         /* CLOCK_MONOTONIC, when both were last equal */
	bool settled;             /* `begin` was taken while neither changed */
	bool known;               /* both were known when last compared */
};

/* To be called once a second. */
void audit_look(struct audit *audit, const struct stream *stream, struct table_time now);

/* Returns what both counted from `since` to the last comparison. Valid while `known`. */
static inline struct audit_counters audit_counters(const struct audit *audit)
{
	return (struct audit_counters){
		.kernel = audit->last.kernel - audit->begin.kernel,
		.counted = audit->last.counted - audit->begin.counted,
	};
}

#endif
