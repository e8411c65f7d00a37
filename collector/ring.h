/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The kernel's ring as the collector's queue.
 *
 * libbpf's reader gives a record's space back before anybody has done anything with it. This one
 * reads ahead, and gives space back when the exporter says that it has applied what was in it.
 * The layout of the pages is the kernel's ABI: Documentation/bpf/ringbuf.rst.
 */
#ifndef REXMIT_RING_H
#define REXMIT_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/wire.h"

/* Bytes of one record in the ring: all are of one size, so positions are multiples of it. */
#define RING_STRIDE (8 + WIRE_RECORD_SIZE)

struct ring {
	uint64_t *consumer;       /* shared with the kernel; everything before it is free */
	const uint64_t *producer; /* written by the kernel */
	const uint8_t *data;      /* mapped twice in a row, so no record wraps */
	size_t size;              /* bytes, a power of two */
	uint64_t read;            /* position behind the last record that was read */
	uint64_t last;            /* the largest that followed a record which was not discarded */
	uint64_t furthest;        /* the largest `read` ever, of any collector of this ring */
};

/*
 * Maps the ring of `size` bytes behind `fd`, which stays the caller's. Returns 0, -EUCLEAN if it is
 * damaged, or another negative errno.
 */
int ring_init(struct ring *ring, int fd, size_t size);
void ring_deinit(struct ring *ring);

/* Whether an earlier collector left positions in it that its records do not have. */
bool ring_is_damaged(int fd, size_t size);

/*
 * Copies up to `max` committed records to `out`, in order, with their positions. Returns how many.
 */
size_t ring_read(struct ring *ring, union wire_record *out, size_t max);

/* Reads again from `position` on, of a record that the last ring_read() gave. */
void ring_unread(struct ring *ring, uint64_t position);

/* Position behind the last record that was acknowledged. */
uint64_t ring_acknowledged(const struct ring *ring);

/* Frees what is before `position`, which is one that wire_ack_check() accepted. */
void ring_acknowledge(struct ring *ring, uint64_t position);

/*
 * Position behind the last record that was ever read. The kernel may still be writing what is
 * behind it, and giving that space back would let two programs write to it at once.
 */
uint64_t ring_read_furthest(const struct ring *ring);

/* Reads again from the last acknowledgement on: for the next exporter. */
void ring_rewind(struct ring *ring);

/* Whether all that was produced has been read, records under construction included. */
bool ring_is_read(const struct ring *ring);

/* Bytes produced and not acknowledged. */
uint64_t ring_used(const struct ring *ring);

/*
 * Whether everything was read and, except for records that the kernel discarded, acknowledged: those
 * at the end are before no position that an exporter could name.
 */
bool ring_is_taken(const struct ring *ring);

#endif
