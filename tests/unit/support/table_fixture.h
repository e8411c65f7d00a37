/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Makes groups by number, and sums over a table. */
#ifndef REXMIT_TABLE_FIXTURE_H
#define REXMIT_TABLE_FIXTURE_H

#include "counts/table.h"

struct totals {
	uint64_t retransmitted, sent, bytes, connections, resets[WIRE_RESETS], stall_us;
	uint64_t received, out_of_order, spurious, ended[WIRE_PHASES];
	uint32_t groups, series;
};

/* The time at which a test starts. */
extern const struct table_time now;

/* Adds an event. All its other counts are multiples of `segments` or `sent`. */
void add(struct table *t, uint32_t number, enum wire_cause cause, uint32_t segments, uint32_t sent,
	struct table_time when);
/* Returns the group with this number, or NULL. */
const struct group *find(const struct table *t, uint32_t number);
/* Returns the retransmissions of a group, of all causes. */
uint64_t group_sum(const struct group *group);
/* Returns the sums over all groups, after comparing them with the sums that the table keeps. */
struct totals checked_totals(const struct table *t);

#endif
