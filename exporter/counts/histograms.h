/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Histograms of round-trip times and of expired timers. Only connections that retransmit count. */
#ifndef REXMIT_HISTOGRAMS_H
#define REXMIT_HISTOGRAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/wire.h"

enum histogram {
	HISTOGRAM_SRTT,  /* smoothed round-trip times, one for each record with retransmissions */
	HISTOGRAM_TIMER, /* durations of the retransmission timers that expired */
	HISTOGRAMS,
};

#define HISTOGRAM_BUCKETS 14 /* maximum; the last bucket has no upper bound */

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
	struct wire_event last[HISTOGRAMS][HISTOGRAM_BUCKETS]; /* last event of each bucket */
	bool exemplars; /* `last` is set and written as exemplars */
};

/* Returns 0 or a negative errno. */
int histograms_init(struct histograms *histograms, struct state *state);
void histograms_deinit(struct histograms *histograms);

void histograms_take(struct histograms *histograms, const struct wire_event *event);

/* Returns the value of an event that `histogram` has counted, in microseconds. */
uint64_t histogram_value_us(enum histogram histogram, const struct wire_event *event);

#endif
