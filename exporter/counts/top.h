/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The groups that lost most segments in the last minutes, and those that had most resets. */
#ifndef REXMIT_TOP_H
#define REXMIT_TOP_H

#include <stdint.h>

#include "counts/table.h"

#define TOP_GROUPS 20
#define TOP_RESETTING 10

struct top_entry {
	const struct group *group;   /* the table's; "other" may be among them */
	struct recent_counts recent; /* over the last recent_span_s() seconds */
	/* What the list is ordered by, over the same time and since the group was made. */
	uint64_t lately, ever;
};

/* By what was counted lately, then ever. A group that never had any is not among them. */
struct top {
	struct top_entry retransmitting[TOP_GROUPS];
	struct top_entry resetting[TOP_RESETTING]; /* of both directions */
	unsigned retransmitting_count, resetting_count;
};

/* One walk over the table. */
void top_find(struct top *top, const struct table *table, uint32_t monotonic_s);

#endif
