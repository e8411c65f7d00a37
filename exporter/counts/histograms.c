/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "counts/histograms.h"

#include <errno.h>

#include "state/state.h"

/*
 * No bound is a whole number of seconds, because the label `le` would depend on the format ("1" or
 * "1.0"). Timers start at 0.2 or 1 second and double. Each bound for timers is a little above such
 * a value.
 */
const struct histogram_scale histogram_scales[HISTOGRAMS] = {
	[HISTOGRAM_SRTT] = {14, {100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000,
					250000, 500000, 2500000}},
	[HISTOGRAM_TIMER] = {10,
		{250000, 500000, 1100000, 2200000, 4400000, 8800000, 17600000, 35200000, 70400000}},
};

int histograms_init(struct histograms *histograms, struct state *state)
{
	*histograms = (struct histograms){.state = state,
		.counts = state_part(
			state, STATE_HISTOGRAMS, HISTOGRAMS * sizeof(*histograms->counts))};
	return histograms->counts ? 0 : -ENOMEM;
}

void histograms_deinit(struct histograms *histograms)
{
	state_part_free(histograms->state, histograms->counts);
}

uint64_t histogram_value_us(enum histogram histogram, const struct wire_event *event)
{
	return histogram == HISTOGRAM_SRTT ? event->srtt_us : event->stall_us / event->timers;
}

static void observe(
	struct histograms *h, enum histogram histogram, const struct wire_event *event, uint32_t n)
{
	const struct histogram_scale *scale = &histogram_scales[histogram];
	uint64_t value_us = histogram_value_us(histogram, event);
	int bucket = 0;

	while (bucket < scale->buckets - 1 && value_us > scale->bounds_us[bucket])
		bucket++;
	state_add(h->state, &h->counts[histogram].buckets[bucket], n);
	if (h->exemplars)
		h->last[histogram][bucket] = *event;
}

void histograms_take(struct histograms *histograms, const struct wire_event *event)
{
	struct histograms *h = histograms;

	if (event->segments > 0 && event->srtt_us > 0) {
		observe(h, HISTOGRAM_SRTT, event, 1);
		state_add(h->state, &h->counts[HISTOGRAM_SRTT].sum_us, event->srtt_us);
	}
	/* An event has several timers only after the ring was full. Each timer is counted with the
	 * mean duration. */
	if (event->timers > 0) {
		observe(h, HISTOGRAM_TIMER, event, event->timers);
		state_add(h->state, &h->counts[HISTOGRAM_TIMER].sum_us, event->stall_us);
	}
}
