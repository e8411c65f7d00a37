/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The groups with the most retransmissions and with the most resets, and sums over all groups. */
#ifndef REXMIT_TOP_H
#define REXMIT_TOP_H

#include <stdint.h>

#include "counts/table.h"

#define TOP_GROUPS 20
#define TOP_RESETTING 10

struct top_entry {
	const struct group *group;   /* belongs to the table; may be "other" */
	struct recent_counts recent; /* counts of the last recent_span_s() seconds */
	/* Sort keys: the recent count, then the count since the group was made. */
	uint64_t lately, ever;
};

/* Sums over all groups, including "other" and evicted groups. */
struct top_totals {
	uint64_t retransmitted, spurious, stall_us;
	uint64_t received, out_of_order;
	uint64_t ended[WIRE_PHASES]; /* connections */
};

/* Groups whose total count is 0 are omitted. */
struct top {
	struct top_entry retransmitting[TOP_GROUPS];
	struct top_entry resetting[TOP_RESETTING]; /* both directions */
	unsigned retransmitting_count, resetting_count;
	struct top_totals totals;
};

void top_find(struct top *top, const struct table *table, uint32_t monotonic_s);

#endif
