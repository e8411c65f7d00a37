/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Decides when the next sweep, or the next step of a sweep, is due. */
#ifndef REXMIT_SWEEP_SCHEDULE_H
#define REXMIT_SWEEP_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#define SWEEP_INTERVAL_NS INT64_C(10000000000)
/*
 * Interval while segments are deferred and the ring has room for them. It must not be shorter: if
 * two sweeps find the same segment unclaimed, the second reports it with the cause `unknown`. By
 * then its event must have ended.
 */
#define SWEEP_SOONEST_NS INT64_C(500000000)
/*
 * A smaller difference of the clocks does not prove a suspend: they are not read at the same time.
 */
#define SWEEP_SUSPEND_NS INT64_C(1000000000)

/* One instant on two clocks. */
struct sweep_time {
	uint64_t monotonic_ns; /* CLOCK_MONOTONIC */
	uint64_t boot_ns;      /* CLOCK_BOOTTIME, which includes suspend */
};

/*
 * Whether a sweep is due, if the last one ended at `last`. After a suspend a sweep is due at once,
 * because it measures the time of the suspend, which the programs need (bpf/event.bpf.h).
 */
static inline bool sweep_is_due(
	struct sweep_time last, struct sweep_time now, bool deferred_and_room)
{
	int64_t awake_ns = (int64_t)(now.monotonic_ns - last.monotonic_ns);
	int64_t asleep_ns = (int64_t)(now.boot_ns - last.boot_ns) - awake_ns;

	return asleep_ns >= SWEEP_SUSPEND_NS ||
	       awake_ns >= (deferred_and_room ? SWEEP_SOONEST_NS : SWEEP_INTERVAL_NS);
}

/* Returns when the next step is due, so that all steps together use at most a tenth of one CPU. */
static inline uint64_t sweep_next_step_ns(uint64_t began_ns, uint64_t ended_ns)
{
	return ended_ns + 9 * (ended_ns - began_ns);
}

#endif
