/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "ring.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/invariant.h"
#include "refused.h"

/* Bits of a record's length: BPF_RINGBUF_BUSY_BIT, _DISCARD_BIT (include/uapi/linux/bpf.h). */
#define RECORD_BUSY (UINT32_C(1) << 31)
#define RECORD_DISCARDED (UINT32_C(1) << 30)

/* The kernel's positions are of type unsigned long. */
_Static_assert(sizeof(unsigned long) == sizeof(uint64_t), "a 64-bit kernel");

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static uint32_t length_at(const struct ring *ring, uint64_t position)
{
	const void *record = ring->data + (position & (ring->size - 1));

	return __atomic_load_n((const uint32_t *)record, __ATOMIC_ACQUIRE);
}

/* Returns the record at `position` and sets `*length`. Returns NULL if no record is committed. */
static const uint8_t *committed(const struct ring *ring, uint64_t position, uint32_t *length)
{
	const uint8_t *record = ring->data + (position & (ring->size - 1));

	if (position >= __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE))
		return NULL;
	*length = length_at(ring, position);
	if (*length & RECORD_BUSY)
		return NULL; /* reserved and not yet submitted */
	invariant((*length & ~RECORD_DISCARDED) == WIRE_RECORD_SIZE);
	return record;
}

static uint64_t consumer_of(const struct ring *ring)
{
	return __atomic_load_n(ring->consumer, __ATOMIC_RELAXED);
}

/*
 * Whether there are only records between the positions of the consumer and the producer. In an
 * adopted ring, another process has written the consumer's position, which may be any number.
 */
static bool is_sound(const struct ring *ring)
{
	uint64_t at = consumer_of(ring);
	uint64_t end = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);

	if (at > end || end - at > ring->size || (end - at) % RING_STRIDE || at % 8)
		return false;
	for (; at < end; at += RING_STRIDE)
		if ((length_at(ring, at) & ~(RECORD_BUSY | RECORD_DISCARDED)) != WIRE_RECORD_SIZE)
			return false;
	return true;
}

/* Maps the ring, and finds what is committed. */
static int map(struct ring *ring, int fd, size_t size)
{
	void *consumer, *producer;
	uint32_t length;

	*ring = (struct ring){.size = size};
	consumer = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (consumer == MAP_FAILED)
		return -errno;
	ring->consumer = consumer;
	producer =
		mmap(NULL, page_size() + 2 * size, PROT_READ, MAP_SHARED, fd, (off_t)page_size());
	if (producer == MAP_FAILED) {
		int r = -errno;

		ring_deinit(ring);
		return r;
	}
	ring->producer = producer;
	ring->data = (const uint8_t *)producer + page_size();
	if (!is_sound(ring)) {
		ring_deinit(ring);
		return -EUCLEAN;
	}
	/* An earlier collector may have sent all committed records to an exporter. */
	for (ring->furthest = consumer_of(ring); committed(ring, ring->furthest, &length);)
		ring->furthest += RING_STRIDE;
	return 0;
}

static void free_up_to(struct ring *ring, uint64_t position)
{
	if (position > consumer_of(ring))
		__atomic_store_n(ring->consumer, position, __ATOMIC_RELEASE);
}

int ring_init(struct ring *ring, int fd, size_t size, struct refused *refused)
{
	int r = map(ring, fd, size);

	if (r)
		return r;
	ring->refused = refused;
	free_up_to(ring, refused->acknowledged); /* see ring_acknowledge() */
	ring_rewind(ring);
	return 0;
}

void ring_deinit(struct ring *ring)
{
	if (ring->consumer)
		munmap(ring->consumer, page_size());
	if (ring->producer)
		munmap((void *)ring->producer, page_size() + 2 * ring->size);
	*ring = (struct ring){0};
}

/* Whether a collector can have reached the position: that of a record before or at `end`. */
static bool was_reached(uint64_t position, uint64_t end)
{
	return position <= end && (end - position) % RING_STRIDE == 0;
}

/*
 * With a position after the end of the ring, refused records would not be counted until the ring
 * reaches it, and the exporter would refuse the next events.
 */
static bool is_of_ring(const struct refused *refused, const struct ring *ring)
{
	uint64_t counted = refused_counts(refused)->position;

	return was_reached(refused->acknowledged, ring->furthest) &&
	       (counted == 0 || was_reached(counted, ring->furthest)) &&
	       refused_is_possible(refused, counted / RING_STRIDE);
}

bool ring_is_damaged(int fd, size_t size, const struct refused *refused)
{
	struct ring ring;
	int r = map(&ring, fd, size);
	bool is_damaged = r == -EUCLEAN || (!r && !is_of_ring(refused, &ring));

	if (!r)
		ring_deinit(&ring);
	return is_damaged;
}

/*
 * Frees records that were read and not returned, if all records that were returned up to there are
 * acknowledged. Nobody acknowledges such records, and without this step they could fill the ring.
 *
 * After ring_rewind(), `last` may decrease. Records that were returned earlier and are above it are
 * also above `read`, so they are not freed.
 */
static void free_unsent(struct ring *ring)
{
	if (ring_acknowledged(ring) >= ring->last)
		free_up_to(ring, ring->read);
}

size_t ring_read(struct ring *ring, union wire_record *out, size_t max)
{
	const uint8_t *record;
	uint32_t length;
	size_t n = 0;

	while (n < max && (record = committed(ring, ring->read, &length))) {
		ring->read += RING_STRIDE;
		if (length & RECORD_DISCARDED)
			continue;
		memcpy(&out[n], record + 8, WIRE_RECORD_SIZE);
		out[n].event.position = ring->read;
		if (!refused_check(ring->refused, &out[n]))
			continue;
		n++;
		ring->last = ring->read;
	}
	if (ring->read > ring->furthest)
		ring->furthest = ring->read;
	free_unsent(ring);
	return n;
}

void ring_unread(struct ring *ring, uint64_t position)
{
	ring->read = position;
}

uint64_t ring_acknowledged(const struct ring *ring)
{
	return ring->refused->acknowledged;
}

/*
 * If the collector ends between the two steps, ring_init() of the next one repeats the second. In the
 * other order, the next HELLO could have a position before the freed space: if another exporter had
 * received the freed records, the exporter would not count them as a gap.
 */
void ring_acknowledge(struct ring *ring, uint64_t position)
{
	__atomic_store_n(&ring->refused->acknowledged, position, __ATOMIC_RELEASE);
	free_up_to(ring, position);
	free_unsent(ring);
}

uint64_t ring_read_furthest(const struct ring *ring)
{
	return ring->furthest;
}

void ring_rewind(struct ring *ring)
{
	ring->read = consumer_of(ring);
}

bool ring_is_read(const struct ring *ring)
{
	return __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE) == ring->read;
}

uint64_t ring_used(const struct ring *ring)
{
	return __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE) - consumer_of(ring);
}

bool ring_is_taken(const struct ring *ring)
{
	return ring_used(ring) == 0;
}
