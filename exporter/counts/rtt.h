/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* How far away they are whom segments were retransmitted to: a histogram of smoothed RTT. */
#ifndef REXMIT_RTT_H
#define REXMIT_RTT_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/wire.h"
#include "text/text.h"

/* That at infinity is the last. */
#define RTT_BUCKETS 14

struct state;

struct rtt_counts {
	uint64_t buckets[RTT_BUCKETS]; /* of each bucket alone */
	uint64_t sum_us;
};

struct rtt {
	struct state *state;
	struct rtt_counts *counts;           /* the state's */
	struct wire_event last[RTT_BUCKETS]; /* the last event of each, if those are kept */
	bool exemplars;                      /* whether they are */
};

/* Returns 0 or a negative errno. */
int rtt_init(struct rtt *rtt, struct state *state);
void rtt_deinit(struct rtt *rtt);

/* Counts the event, if it retransmits and its connection has measured a round trip at all. */
void rtt_take(struct rtt *rtt, const struct wire_event *event);

/* `clock_offset_ns` is CLOCK_REALTIME minus CLOCK_BOOTTIME. */
void rtt_write(struct text *text, const struct rtt *rtt, int64_t clock_offset_ns);

#endif
