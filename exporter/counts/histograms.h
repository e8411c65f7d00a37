/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Histograms of connections that retransmit: their round-trip times, and their expired timers. */
#ifndef REXMIT_HISTOGRAMS_H
#define REXMIT_HISTOGRAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/wire.h"

enum histogram {
	HISTOGRAM_SRTT,  /* the smoothed round-trip time of each record with retransmissions */
	HISTOGRAM_TIMER, /* each retransmission timer that expired */
	HISTOGRAMS,
};

#define HISTOGRAM_BUCKETS 14 /* limit; the last bucket has no upper bound */

struct state;

struct histogram_scale {
	int buckets;
	uint32_t bounds_us[HISTOGRAM_BUCKETS - 1];
};

extern const struct histogram_scale histogram_scales[HISTOGRAMS];

struct histogram_counts {
	uint64_t buckets[HISTOGRAM_BUCKETS]; /* not cumulative */
	uint64_t sum_us;
};

struct histograms {
	struct state *state;
	struct histogram_counts *counts; /* one for each histogram; belong to the state */
	struct wire_event last[HISTOGRAMS][HISTOGRAM_BUCKETS]; /* of each bucket, if `exemplars` */
	bool exemplars;                                        /* write `last` as exemplars */
};

/* Returns 0 or a negative errno. */
int histograms_init(struct histograms *histograms, struct state *state);
void histograms_deinit(struct histograms *histograms);

/* Counts an event in each histogram for which it has a value. */
void histograms_take(struct histograms *histograms, const struct wire_event *event);

/* Returns the value of an event that `histogram` has counted, in microseconds. */
uint64_t histogram_value_us(enum histogram histogram, const struct wire_event *event);

#endif
