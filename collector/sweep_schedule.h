/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* When the sockets are swept: not while an event may still be under way since the last time. */
#ifndef REXMIT_SWEEP_SCHEDULE_H
#define REXMIT_SWEEP_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#define SWEEP_INTERVAL_NS INT64_C(10000000000)
/*
 * While something is deferred and the ring has room for it. Not less: what a sweep finds unclaimed
 * for the second time it takes for forgotten, and reports with cause `unknown`.
 */
#define SWEEP_SOONEST_NS INT64_C(500000000)
/* Less is no suspend: the two clocks are not read at once. */
#define SWEEP_SUSPEND_NS INT64_C(1000000000)

/* One moment. */
struct sweep_time {
	uint64_t monotonic_ns; /* CLOCK_MONOTONIC */
	uint64_t boot_ns;      /* CLOCK_BOOTTIME, which does not stand still in a suspend */
};

/*
 * Whether it is time again since the `last` one. After a suspend it is: for the time of an event
 * the programs take how long the host slept from their last sweep (bpf/event.bpf.h).
 */
static inline bool sweep_is_due(
	struct sweep_time last, struct sweep_time now, bool deferred_and_room)
{
	int64_t awake_ns = (int64_t)(now.monotonic_ns - last.monotonic_ns);
	int64_t asleep_ns = (int64_t)(now.boot_ns - last.boot_ns) - awake_ns;

	return asleep_ns >= SWEEP_SUSPEND_NS ||
	       awake_ns >= (deferred_and_room ? SWEEP_SOONEST_NS : SWEEP_INTERVAL_NS);
}

/* When to take the next step of a sweep, so that all steps together have a tenth of one CPU at most. */
static inline uint64_t sweep_next_step_ns(uint64_t began_ns, uint64_t ended_ns)
{
	return ended_ns + 9 * (ended_ns - began_ns);
}

#endif
