/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The reader of the kernel's ring, which is the collector's only queue.
 *
 * libbpf's reader frees the space of a record after reading it. This reader frees space only after
 * the exporter has acknowledged the records. The layout of the ring's pages is part of the kernel's
 * ABI (Documentation/bpf/ringbuf.rst).
 */
#ifndef REXMIT_RING_H
#define REXMIT_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/identity.h"
#include "protocol/wire.h"

/* Bytes of one record in the ring, with its header. All records have this size. */
#define RING_STRIDE (8 + WIRE_RECORD_SIZE)

struct ring {
	uint64_t *consumer;       /* position up to which space is free; the kernel reads it */
	const uint64_t *producer; /* position up to which space is reserved; the kernel writes it */
	const uint8_t *data;      /* mapped twice in sequence, so no record wraps around */
	size_t size;              /* bytes, a power of two */
	uint64_t read;            /* position after the last record that was read */
	uint64_t
		last; /* position after the last record of the latest ring_read() that returned any */
	uint64_t furthest; /* upper limit of what this and earlier collectors have read */
	struct refused *refused;
};

/*
 * Maps the ring of `size` bytes with descriptor `fd`, which the caller may close later. `refused` has
 * the ring's acknowledgement, and must remain valid. Returns 0, -EUCLEAN if the ring is damaged, or
 * another negative errno.
 */
int ring_init(struct ring *ring, int fd, size_t size, struct refused *refused);
void ring_deinit(struct ring *ring);

/*
 * Whether bytes between the ring's two positions are not records, or `refused` cannot belong to this
 * ring.
 */
bool ring_is_damaged(int fd, size_t size, const struct refused *refused);

/*
 * Copies the next committed records, at most `max`, to `out`, and sets their positions. Skips
 * records that were discarded, or that the protocol does not allow (refused.h). Their space is freed
 * when all records before them are acknowledged. Returns the number of records.
 */
size_t ring_read(struct ring *ring, union wire_record *out, size_t max);

/* Sets where to read next. `position` is from a record that the last ring_read() returned. */
void ring_unread(struct ring *ring, uint64_t position);

/* Returns the position after the last record that was acknowledged. */
uint64_t ring_acknowledged(const struct ring *ring);

/* Frees the space before `position`, which wire_ack_check() must have accepted. */
void ring_acknowledge(struct ring *ring, uint64_t position);

/*
 * Returns the largest position that may be acknowledged: after the last record that this or an
 * earlier collector may have read.
 */
uint64_t ring_read_furthest(const struct ring *ring);

/* Sets where to read next, for the next exporter: at the first record whose space is not freed. */
void ring_rewind(struct ring *ring);

/* Whether all records were read. A reserved record that is not committed is unread. */
bool ring_is_read(const struct ring *ring);

/* Returns the bytes of records whose space is not freed. */
uint64_t ring_used(const struct ring *ring);

/* Whether all records were read, and those that were returned are acknowledged. */
bool ring_is_taken(const struct ring *ring);

#endif
