/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* When the next sweep, or the next step of a sweep, is due. */
#ifndef REXMIT_SWEEP_SCHEDULE_H
#define REXMIT_SWEEP_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#define SWEEP_INTERVAL_NS INT64_C(10000000000)
/*
 * Interval while segments are deferred and the ring has room for them. A segment that two sweeps
 * find unclaimed gets the cause `unknown`. An event in progress ends within this interval, so its
 * program can claim the segment with the right cause.
 */
#define SWEEP_SOONEST_NS INT64_C(500000000)
/*
 * A smaller difference does not prove a suspend, because the clocks are not read at the same time.
 */
#define SWEEP_SUSPEND_NS INT64_C(1000000000)

/* One instant on two clocks. */
struct sweep_time {
	uint64_t monotonic_ns; /* CLOCK_MONOTONIC */
	uint64_t boot_ns;      /* CLOCK_BOOTTIME, which includes suspend */
};

/*
 * Whether a sweep is due, if the last sweep ended at `last`. After a suspend a sweep is due
 * immediately, because it measures `suspended_ns` for the programs (bpf/event.bpf.h).
 */
static inline bool sweep_is_due(
	struct sweep_time last, struct sweep_time now, bool deferred_and_room)
{
	int64_t awake_ns = (int64_t)(now.monotonic_ns - last.monotonic_ns);
	int64_t asleep_ns = (int64_t)(now.boot_ns - last.boot_ns) - awake_ns;

	return asleep_ns >= SWEEP_SUSPEND_NS ||
	       awake_ns >= (deferred_and_room ? SWEEP_SOONEST_NS : SWEEP_INTERVAL_NS);
}

/* Returns when the next step is due. All steps together use at most a tenth of one CPU. */
static inline uint64_t sweep_next_step_ns(uint64_t began_ns, uint64_t ended_ns)
{
	return ended_ns + 9 * (ended_ns - began_ns);
}

#endif
