/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A histogram of the smoothed round-trip time of connections that retransmit. */
#ifndef REXMIT_RTT_H
#define REXMIT_RTT_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/wire.h"
#include "text/text.h"

/* The last one has no upper bound. */
#define RTT_BUCKETS 14

struct state;

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

/* `clock_offset_ns` is CLOCK_REALTIME minus CLOCK_BOOTTIME. */
void rtt_write(struct text *text, const struct rtt *rtt, int64_t clock_offset_ns);

#endif
