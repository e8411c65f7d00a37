/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * How the collector waits for events: on a timer, or until an event wakes it.
 *
 * A wakeup costs more than an event. Under load, the collector therefore reads the ring on a timer.
 * After some reads that found nothing, the collector asks the next event to wake it.
 */
#ifndef REXMIT_LOOKOUT_H
#define REXMIT_LOOKOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "ring.h"

#define LOOKOUT_INTERVAL_MS 50
/* With this number there are at most five wakeups a second. */
#define LOOKOUT_EMPTY_READS 4

struct lookout {
	uint32_t *awaited;    /* member of struct identity, which the BPF programs read */
	uint64_t position;    /* position of the ring after the last read */
	unsigned empty_reads; /* consecutive reads that found nothing */
};

/* Records whether a read of the ring found anything. Must be called after each read. */
static inline void lookout_record_read(struct lookout *lookout, const struct ring *ring)
{
	if (ring->read != lookout->position)
		lookout->empty_reads = 0;
	else if (lookout->empty_reads < LOOKOUT_EMPTY_READS)
		lookout->empty_reads++;
	lookout->position = ring->read;
}

/*
 * Asks the next event to wake the collector, if the last reads found nothing. Returns whether an
 * event will wake the collector.
 *
 * If a BPF program reserves a record before the test in the last line, the test fails. If it
 * reserves the record later, it finds `awaited` set. The fence ensures this order. The program's
 * side is is_awaited() in bpf/event.bpf.h.
 */
static inline bool lookout_will_be_woken(struct lookout *lookout, const struct ring *ring)
{
	if (lookout->empty_reads < LOOKOUT_EMPTY_READS)
		return false;
	__atomic_store_n(lookout->awaited, 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return ring_is_read(ring);
}

#endif
