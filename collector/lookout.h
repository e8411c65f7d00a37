/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Decides whether the collector reads the ring on a timer or waits for an event to wake it.
 *
 * Under load no event wakes the collector, because waking costs more than the event. When the last
 * reads found nothing, reading on a timer costs more than one wakeup. The collector then asks the
 * next event to wake it.
 */
#ifndef REXMIT_LOOKOUT_H
#define REXMIT_LOOKOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "ring.h"

#define LOOKOUT_INTERVAL_MS 50
/* Events wake the collector at most five times a second. */
#define LOOKOUT_EMPTY_LOOKS 4

struct lookout {
	uint32_t *awaited;    /* of struct identity */
	uint64_t read;        /* position of the ring at the last read */
	unsigned empty_looks; /* reads in a row that found nothing */
};

/* Records whether a read of the ring found anything. */
static inline void lookout_looked(struct lookout *lookout, const struct ring *ring)
{
	if (ring->read != lookout->read)
		lookout->empty_looks = 0;
	else if (lookout->empty_looks < LOOKOUT_EMPTY_LOOKS)
		lookout->empty_looks++;
	lookout->read = ring->read;
}

/*
 * Asks the next event to wake the collector. Returns whether one will.
 *
 * A record reserved after the last test here finds the word set; a record reserved before it makes
 * the test fail. The fence keeps this order. bpf/event.bpf.h is the other side.
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
