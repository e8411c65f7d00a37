/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The host's retransmissions as the collector counted them, beside the kernel's own RetransSegs.
 *
 * RetransSegs counts since boot, the collector since it attached: both are compared from a moment
 * on at which both are known. The collector reads one a little after the other; segments between
 * the two readings would be a difference for ever. So the moment is moved, once, to one at which
 * neither had moved for a second.
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
	struct table_time since;  /* real_s is 0 before the first look */
	uint64_t counter_records; /* records that had come at the last look */
	uint64_t restarts;        /* of the collector, likewise */
	uint32_t equal_s;         /* CLOCK_MONOTONIC, when both were equal last */
	bool settled;             /* `begin` was at rest */
	bool known;               /* whether the last look saw both */
};

/* Once a second. */
void audit_look(struct audit *audit, const struct stream *stream, struct table_time now);

/* What both counted from `since` to the last look; valid while `known`. */
static inline struct audit_counters audit_counters(const struct audit *audit)
{
	return (struct audit_counters){
		.kernel = audit->last.kernel - audit->begin.kernel,
		.counted = audit->last.counted - audit->begin.counted,
	};
}

#endif
