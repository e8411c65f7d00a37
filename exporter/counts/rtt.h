/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A histogram of the smoothed round-trip time of connections that retransmit. */
#ifndef REXMIT_RTT_H
#define REXMIT_RTT_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/wire.h"

/* The last one has no upper bound. */
#define RTT_BUCKETS 14

struct state;

/*
 * Upper bounds. None is a whole number of seconds, whose label le ("1" or "1.0") depends on the
 * format.
 */
extern const uint32_t rtt_bounds_us[RTT_BUCKETS - 1];

struct rtt_counts {
	uint64_t buckets[RTT_BUCKETS]; /* not cumulative */
	uint64_t sum_us;
};

struct rtt {
	struct state *state;
	struct rtt_counts *counts;           /* belongs to the state */
	struct wire_event last[RTT_BUCKETS]; /* last event of each bucket, if `exemplars` */
	bool exemplars;                      /* keep `last` and write exemplars */
};

/* Returns 0 or a negative errno. */
int rtt_init(struct rtt *rtt, struct state *state);
void rtt_deinit(struct rtt *rtt);

/* Counts an event that has a retransmission and a measured round-trip time. */
void rtt_take(struct rtt *rtt, const struct wire_event *event);

#endif
