/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "counts/rtt.h"

#include <errno.h>

#include "state/state.h"

const uint32_t rtt_bounds_us[RTT_BUCKETS - 1] = {
	100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 2500000};

int rtt_init(struct rtt *rtt, struct state *state)
{
	*rtt = (struct rtt){
		.state = state, .counts = state_part(state, STATE_RTT, sizeof(*rtt->counts))};
	return rtt->counts ? 0 : -ENOMEM;
}

void rtt_deinit(struct rtt *rtt)
{
	state_part_free(rtt->state, rtt->counts);
}

void rtt_take(struct rtt *rtt, const struct wire_event *event)
{
	int bucket = 0;

	if (event->segments == 0 || event->srtt_us == 0)
		return;
	while (bucket < RTT_BUCKETS - 1 && event->srtt_us > rtt_bounds_us[bucket])
		bucket++;
	state_add(rtt->state, &rtt->counts->buckets[bucket], 1);
	state_add(rtt->state, &rtt->counts->sum_us, event->srtt_us);
	if (rtt->exemplars)
		rtt->last[bucket] = *event;
}
