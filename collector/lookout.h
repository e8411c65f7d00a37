/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Whether the collector looks at the ring on a timer or waits for an event to wake it.
 *
 * Under load an event wakes nobody: that would cost more than the event. When the last looks have found
 * nothing, looking costs more than being woken once, so the collector then asks the next event to do it.
 */
#ifndef REXMIT_LOOKOUT_H
#define REXMIT_LOOKOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "ring.h"

#define LOOKOUT_INTERVAL_MS 50
/* So that events wake the collector at most five times a second. */
#define LOOKOUT_EMPTY_LOOKS 4

struct lookout {
	uint32_t *awaited;    /* of struct identity */
	uint64_t read;        /* position of the ring at the last look */
	unsigned empty_looks; /* in a row */
};

/* Notes what a look at the ring has found. */
static inline void lookout_looked(struct lookout *lookout, const struct ring *ring)
{
	if (ring->read != lookout->read)
		lookout->empty_looks = 0;
	else if (lookout->empty_looks < LOOKOUT_EMPTY_LOOKS)
		lookout->empty_looks++;
	lookout->read = ring->read;
}

/*
 * Whether the next event will wake the collector, which it has then been asked to do. A record that is
 * reserved after the last test here finds the word set; one that was reserved before makes the test
 * fail. The fence keeps the two in this order: bpf/event.bpf.h has the other side.
 */
static inline bool lookout_will_be_woken(struct lookout *lookout, const struct ring *ring)
{
	if (lookout->empty_looks < LOOKOUT_EMPTY_LOOKS)
		return false;
	__atomic_store_n(lookout->awaited, 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return ring_is_read(ring);
}

#endif
