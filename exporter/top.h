/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The groups that lost most segments in the last minutes. */
#ifndef REXMIT_TOP_H
#define REXMIT_TOP_H

#include <stdint.h>

#include "table.h"

#define TOP_GROUPS 20

struct top_entry {
	const struct group *group; /* the table's; "other" may be among them */
	struct recent_sums recent; /* over the last recent_span_s() seconds */
	uint64_t retransmitted;    /* since the group was made */
};

/*
 * One walk over the table. Returns how many there are: by their recent retransmissions, then by all
 * of them. A group that never lost anything is not among them.
 */
unsigned top_find(
	struct top_entry top[TOP_GROUPS], const struct table *table, uint32_t monotonic_s);

#endif
