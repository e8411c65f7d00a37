/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* When the sockets are swept: not while an event may still be under way since the last time. */
#ifndef REXMIT_SWEEP_SCHEDULE_H
#define REXMIT_SWEEP_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#define SWEEP_INTERVAL_NS UINT64_C(10000000000)
/*
 * While something is deferred and the ring has room for it. Not less: what a sweep finds unclaimed
 * for the second time it takes for forgotten, and reports with cause `unknown`.
 */
#define SWEEP_SOONEST_NS UINT64_C(1000000000)

/* Whether it is time, by CLOCK_MONOTONIC; `last_ns` is that of the sweep before. */
static inline bool sweep_is_due(uint64_t last_ns, uint64_t now_ns, bool deferred_and_room)
{
	return now_ns - last_ns >= (deferred_and_room ? SWEEP_SOONEST_NS : SWEEP_INTERVAL_NS);
}

#endif
