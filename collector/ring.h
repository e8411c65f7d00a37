/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The kernel's ring as the collector's queue.
 *
 * libbpf's reader frees a record's space before the record has been used. This reader reads ahead,
 * and frees space only when the exporter has acknowledged the records in it. The layout of the
 * pages is kernel ABI: Documentation/bpf/ringbuf.rst.
 */
#ifndef REXMIT_RING_H
#define REXMIT_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/wire.h"

/* Bytes of one record in the ring. All have the same size, so positions are multiples of it. */
#define RING_STRIDE (8 + WIRE_RECORD_SIZE)

struct ring {
	uint64_t *consumer;       /* shared with the kernel; everything before it is free */
	const uint64_t *producer; /* written by the kernel */
	const uint8_t *data;      /* mapped twice in a row, so no record wraps */
	size_t size;              /* bytes, a power of two */
	uint64_t read;            /* position after the last record that was read */
	uint64_t last;            /* position after the last record that was not discarded */
	uint64_t furthest;        /* the largest `read` that any collector of this ring had */
};

/*
 * Maps the ring of `size` bytes of `fd`, which the caller keeps. Returns 0, -EUCLEAN if the ring is
 * damaged, or another negative errno.
 */
int ring_init(struct ring *ring, int fd, size_t size);
void ring_deinit(struct ring *ring);

/* Whether an earlier collector left positions in the ring at which no record starts. */
bool ring_is_damaged(int fd, size_t size);

/*
 * Copies up to `max` committed records to `out`, in order, with their positions. Returns their
 * number.
 */
size_t ring_read(struct ring *ring, union wire_record *out, size_t max);

/* Reads again from `position`, which must be that of a record from the last ring_read(). */
void ring_unread(struct ring *ring, uint64_t position);

/* Position after the last record that was acknowledged. */
uint64_t ring_acknowledged(const struct ring *ring);

/* Frees everything before `position`, which wire_ack_check() must have accepted. */
void ring_acknowledge(struct ring *ring, uint64_t position);

/*
 * Position after the last record that was ever read. The kernel may still be writing what follows
 * it; freeing that space would let two programs write to it at once.
 */
uint64_t ring_read_furthest(const struct ring *ring);

/* Reads again from the last acknowledgement, for the next exporter. */
void ring_rewind(struct ring *ring);

/* Whether everything produced was read, including records that are reserved but not committed. */
bool ring_is_read(const struct ring *ring);

/* Bytes produced and not acknowledged. */
uint64_t ring_used(const struct ring *ring);

/*
 * Whether everything was read and acknowledged. Discarded records at the end count as acknowledged,
 * because no exporter can name a position after them.
 */
bool ring_is_taken(const struct ring *ring);

#endif
