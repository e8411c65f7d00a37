/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The kernel's side of a ring, in a memfd. Its layout is that of Documentation/bpf/ringbuf.rst: a
 * page with the consumer's position, a page with the producer's position, and the data. The
 * reader's mapping has the data twice.
 */
#ifndef TEST_KERNEL_RING_H
#define TEST_KERNEL_RING_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ring.h"

#define KERNEL_RING_BUSY (UINT32_C(1) << 31)
#define KERNEL_RING_DISCARD (UINT32_C(1) << 30)

struct kernel_ring {
	int fd;
	size_t size;
	uint64_t *consumer, *producer;
	uint8_t *data; /* mapped once */
	struct refused refused;
};

static inline size_t kernel_ring_page(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* Makes both sides. Both positions start at `start`, as in a ring that was used before. */
static inline void kernel_ring_init(
	struct kernel_ring *kernel, struct ring *ring, size_t size, uint64_t start)
{
	size_t page = kernel_ring_page();
	uint8_t *pages;
	void *twin;

	*kernel = (struct kernel_ring){.fd = memfd_create("ring", MFD_CLOEXEC), .size = size};
	assert(kernel->fd >= 0);
	if (ftruncate(kernel->fd, (off_t)(2 * page + size)))
		abort();
	pages = mmap(NULL, 2 * page + size, PROT_READ | PROT_WRITE, MAP_SHARED, kernel->fd, 0);
	assert(pages != MAP_FAILED);
	kernel->consumer = (uint64_t *)pages;
	kernel->producer = (uint64_t *)(pages + page);
	kernel->data = pages + 2 * page;
	*kernel->consumer = *kernel->producer = start;
	kernel->refused.acknowledged = start;
	if (ring_init(ring, kernel->fd, size, &kernel->refused))
		abort();
	/*
	 * The kernel's mapping has the data twice. A memfd has it once, so the test maps it a
	 * second time directly after the first.
	 */
	twin = mmap((void *)(ring->data + size), size, PROT_READ, MAP_SHARED | MAP_FIXED,
		kernel->fd, (off_t)(2 * page));
	assert(twin == ring->data + size);
}

static inline void kernel_ring_deinit(struct kernel_ring *kernel, struct ring *ring)
{
	ring_deinit(ring);
	munmap(kernel->consumer, 2 * kernel_ring_page() + kernel->size);
	close(kernel->fd);
}

static inline void kernel_ring_write(
	struct kernel_ring *kernel, uint64_t position, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		kernel->data[(position + i) % kernel->size] = ((const uint8_t *)bytes)[i];
}

/* Sets the flags of the record at `position`: 0 commits the record, and DISCARD discards it. */
static inline void kernel_ring_commit(struct kernel_ring *kernel, uint64_t position, uint32_t flags)
{
	uint32_t length = WIRE_RECORD_SIZE | flags;

	kernel_ring_write(kernel, position, &length, sizeof(length));
}

/*
 * Reserves a record with `flags` and `number` segments. A record with BUSY must be committed later.
 * Returns the position of its start, or UINT64_MAX if the ring is full.
 */
static inline uint64_t kernel_ring_produce(
	struct kernel_ring *kernel, uint32_t number, uint32_t flags)
{
	uint64_t position = *kernel->producer;
	struct wire_event event = {.type = WIRE_EVENT,
		.cause = WIRE_CAUSE_FAST,
		.ip_version = 6,
		.tcp_state = 1,
		.role = WIRE_ROLE_CLIENT,
		.segments = number};

	if (position + RING_STRIDE - *kernel->consumer > kernel->size)
		return UINT64_MAX;
	kernel_ring_commit(kernel, position, flags);
	kernel_ring_write(kernel, position + 8, &event, sizeof(event));
	__atomic_store_n(kernel->producer, position + RING_STRIDE, __ATOMIC_RELEASE);
	return position;
}

/* Overwrites a byte of the event that starts at `position`, as a bug of the programs could. */
static inline void kernel_ring_spoil(
	struct kernel_ring *kernel, uint64_t position, size_t offset, uint8_t value)
{
	kernel_ring_write(kernel, position + 8 + offset, &value, 1);
}

/* Produces as many records as fit, numbered from `first`. Returns their number. */
static inline uint32_t kernel_ring_fill(struct kernel_ring *kernel, uint32_t first)
{
	uint32_t n = 0;

	while (kernel_ring_produce(kernel, first + n, 0) != UINT64_MAX)
		n++;
	return n;
}

#endif
