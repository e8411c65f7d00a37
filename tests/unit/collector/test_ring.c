/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The reader returns every record once, in order and with its position. This holds in every state
 * in which the kernel can leave the ring.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>

#include "ring.h"
#include "support/kernel_ring.h"

#define START (UINT64_C(1) << 40) /* a position that does not fit into 32 bits */

static struct kernel_ring kernel;
static struct ring ring;
static union wire_record out[WIRE_PACKET_RECORDS];

static void setup(void)
{
	kernel_ring_init(&kernel, &ring, kernel_ring_page(), START);
}

static void teardown(void)
{
	kernel_ring_deinit(&kernel, &ring);
}

TestSuite(ring, .init = setup, .fini = teardown);

/* Reads all committed records and checks that they are the records `first` to `last`. */
static void read_numbers(uint32_t first, uint32_t last)
{
	size_t n = ring_read(&ring, out, WIRE_PACKET_RECORDS);

	cr_assert_eq(n, last - first + 1, "%zu records instead of %u to %u", n, first, last);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(out[i].event.segments, first + i, "record %zu", i);
}

static void check_empty(void)
{
	cr_assert_eq(ring_read(&ring, out, WIRE_PACKET_RECORDS), 0);
}

Test(ring, empty)
{
	check_empty();
	cr_assert_eq(ring_used(&ring), 0);
	cr_assert_eq(ring_acknowledged(&ring), START);
}

Test(ring, a_position_is_the_end_of_its_record)
{
	for (uint32_t i = 1; i <= 3; i++)
		kernel_ring_produce(&kernel, i, 0);
	read_numbers(1, 3);
	for (uint64_t i = 0; i < 3; i++)
		cr_assert_eq(out[i].event.position, START + (i + 1) * RING_STRIDE);
	cr_assert_eq(*kernel.producer, out[2].event.position);
	check_empty();
}

Test(ring, copies_whole_records)
{
	uint8_t bytes[WIRE_RECORD_SIZE];
	uint64_t begin = kernel_ring_produce(&kernel, 1, 0);

	memcpy(bytes, ring.data + (begin + 8) % kernel.size, sizeof(bytes));
	for (size_t i = offsetof(struct wire_event, local_addr);
		i < offsetof(struct wire_event, stall_us); i++)
		bytes[i] = (uint8_t)(i + 1);
	for (size_t i = offsetof(struct wire_event, uid); i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i + 1);
	kernel_ring_write(&kernel, begin + 8, bytes, sizeof(bytes));
	cr_assert_eq(ring_read(&ring, out, 1), 1);
	memcpy(bytes + offsetof(struct wire_event, position), &(uint64_t){begin + RING_STRIDE},
		sizeof(uint64_t));
	cr_assert_arr_eq(out[0].bytes, bytes, sizeof(bytes));
}

Test(ring, returns_at_most_the_requested_number)
{
	for (uint32_t i = 1; i <= 5; i++)
		kernel_ring_produce(&kernel, i, 0);
	out[2].event.segments = 77;
	cr_assert_eq(ring_read(&ring, out, 2), 2);
	cr_assert_eq(out[2].event.segments, 77);
	read_numbers(3, 5);
	cr_assert_eq(ring_read(&ring, out, 0), 0);
}

/* Records after an uncommitted record wait, so that the order is kept. */
Test(ring, stops_before_an_uncommitted_record)
{
	uint64_t busy;

	kernel_ring_produce(&kernel, 1, 0);
	busy = kernel_ring_produce(&kernel, 2, KERNEL_RING_BUSY);
	kernel_ring_produce(&kernel, 3, 0);
	read_numbers(1, 1);
	check_empty();
	cr_assert_eq(ring_read_furthest(&ring), busy);
	kernel_ring_commit(&kernel, busy, 0);
	read_numbers(2, 3);
}

Test(ring, skips_discarded_records)
{
	for (uint32_t i = 1; i <= 3; i++) {
		kernel_ring_produce(&kernel, 99, KERNEL_RING_DISCARD);
		kernel_ring_produce(&kernel, i, 0);
		kernel_ring_produce(&kernel, 99, KERNEL_RING_DISCARD);
	}
	read_numbers(1, 3);
	cr_assert_eq(out[0].event.position, START + 2 * RING_STRIDE);
	cr_assert_eq(out[2].event.position, START + 8 * RING_STRIDE);
	check_empty();
}

Test(ring, an_uncommitted_record_may_be_discarded)
{
	uint64_t busy = kernel_ring_produce(&kernel, 99, KERNEL_RING_BUSY);

	kernel_ring_produce(&kernel, 1, 0);
	check_empty();
	kernel_ring_commit(&kernel, busy, KERNEL_RING_DISCARD);
	read_numbers(1, 1);
}

/* 4096 is not a multiple of 136, so each time the ring wraps another record crosses its end. */
Test(ring, wraps_around)
{
	uint32_t next = 1;

	for (int turn = 0; turn < 200; turn++) {
		uint32_t n = kernel_ring_fill(&kernel, next);

		cr_assert_eq(n, kernel.size / RING_STRIDE);
		cr_assert_eq(ring_used(&ring), n * RING_STRIDE);
		read_numbers(next, next + n - 1);
		ring_acknowledge(&ring, out[n - 1].event.position);
		cr_assert_eq(ring_used(&ring), 0);
		next += n;
	}
}

Test(ring, frees_only_acknowledged_records)
{
	uint32_t n = kernel_ring_fill(&kernel, 1);

	read_numbers(1, n);
	cr_assert_eq(kernel_ring_produce(&kernel, n + 1, 0), UINT64_MAX, "reading freed a record");
	ring_acknowledge(&ring, out[0].event.position);
	cr_assert_eq(ring_acknowledged(&ring), out[0].event.position);
	cr_assert_eq(*kernel.consumer, out[0].event.position);
	cr_assert_eq(ring_used(&ring), (n - 1) * RING_STRIDE);
	cr_assert_neq(kernel_ring_produce(&kernel, n + 1, 0), UINT64_MAX);
	cr_assert_eq(kernel_ring_produce(&kernel, n + 2, 0), UINT64_MAX);
	read_numbers(n + 1, n + 1);
}

/* The exporter does not receive discarded records, so it cannot acknowledge them. */
Test(ring, discarded_records_do_not_fill_it)
{
	for (uint32_t i = 0; i < 3 * kernel.size / RING_STRIDE; i++) {
		cr_assert_neq(kernel_ring_produce(&kernel, 99, KERNEL_RING_DISCARD), UINT64_MAX);
		check_empty();
	}
	cr_assert_eq(ring_acknowledged(&ring), START);
	cr_assert_eq(ring_used(&ring), 0);
	ring_rewind(&ring);
	kernel_ring_produce(&kernel, 1, 0);
	read_numbers(1, 1);
}

Test(ring, rewinds_to_the_last_acknowledgement)
{
	for (uint32_t i = 1; i <= 5; i++)
		kernel_ring_produce(&kernel, i, 0);
	read_numbers(1, 5);
	ring_rewind(&ring);
	read_numbers(1, 5);
	ring_acknowledge(&ring, out[1].event.position);
	check_empty();
	ring_rewind(&ring);
	read_numbers(3, 5);
}

/* A record that was read stays committed. A later acknowledgement may include it. */
Test(ring, remembers_the_furthest_position_read)
{
	cr_assert_eq(ring_read_furthest(&ring), START);
	for (uint32_t i = 1; i <= 5; i++)
		kernel_ring_produce(&kernel, i, 0);
	cr_assert_eq(ring_read_furthest(&ring), START, "a produced record counts as read");
	cr_assert_eq(ring_read(&ring, out, 3), 3);
	cr_assert_eq(ring_read_furthest(&ring), START + 3 * RING_STRIDE);
	ring_rewind(&ring);
	cr_assert_eq(ring_read_furthest(&ring), START + 3 * RING_STRIDE);
	cr_assert_eq(ring_read(&ring, out, 1), 1);
	cr_assert_eq(ring_read_furthest(&ring), START + 3 * RING_STRIDE);
}

/* An earlier collector may have sent these records, and an exporter may have applied them. */
Test(ring, committed_records_of_before_the_start_count_as_read)
{
	struct ring next;
	uint64_t busy;

	kernel_ring_produce(&kernel, 1, 0);
	kernel_ring_produce(&kernel, 99, KERNEL_RING_DISCARD);
	busy = kernel_ring_produce(&kernel, 2, KERNEL_RING_BUSY);
	kernel_ring_produce(&kernel, 3, 0);
	cr_assert_eq(ring_init(&next, kernel.fd, kernel.size, &kernel.refused), 0);
	cr_assert_eq(ring_read_furthest(&next), busy);
	cr_assert_eq(ring_acknowledged(&next), START);
	cr_assert_eq(ring_read(&next, out, WIRE_PACKET_RECORDS), 1);
	ring_deinit(&next);
}

/* An earlier collector has ended between the two steps of ring_acknowledge(). */
Test(ring, the_next_collector_completes_an_acknowledgement)
{
	struct ring next;

	for (uint32_t i = 1; i <= 3; i++)
		kernel_ring_produce(&kernel, i, 0);
	kernel.refused.acknowledged = START + 2 * RING_STRIDE;
	cr_assert_not(ring_is_damaged(kernel.fd, kernel.size, &kernel.refused));
	cr_assert_eq(*kernel.consumer, START, "ring_is_damaged() changes nothing");
	cr_assert_eq(ring_init(&next, kernel.fd, kernel.size, &kernel.refused), 0);
	cr_assert_eq(*kernel.consumer, START + 2 * RING_STRIDE);
	cr_assert_eq(ring_read(&next, out, WIRE_PACKET_RECORDS), 1);
	cr_assert_eq(out[0].event.segments, 3);
	ring_deinit(&next);
}

/* If cgroup_names_before() returns records, they wait for the next packet. */
Test(ring, returned_records_are_read_again)
{
	for (uint32_t i = 1; i <= 5; i++)
		kernel_ring_produce(&kernel, i, 0);
	read_numbers(1, 5);
	ring_unread(&ring, out[2].event.position);
	cr_assert_eq(ring_read_furthest(&ring), START + 5 * RING_STRIDE);
	read_numbers(4, 5);
}

/* All records have the same size. A record of another size is a bug of the programs. */
Test(ring, another_size_is_a_bug, .signal = SIGILL)
{
	uint32_t length = 88;

	kernel_ring_write(&kernel, kernel_ring_produce(&kernel, 1, 0), &length, sizeof(length));
	ring_read(&ring, out, 1);
}

Test(ring_init, returns_the_error)
{
	struct ring r;

	cr_assert_eq(ring_init(&r, -1, kernel_ring_page(), &kernel.refused), -EBADF);
	cr_assert_eq(
		ring_init(&r, socket(AF_UNIX, SOCK_STREAM, 0), kernel_ring_page(), &kernel.refused),
		-ENODEV);
	ring_deinit(&r); /* a second time, without a ring */
}

/*
 * The kernel maps the second group of pages read-only. If that fails, the first is unmapped.
 */
Test(ring_init, second_mapping_fails)
{
	int fd = memfd_create("ring", MFD_CLOEXEC);
	struct ring r;

	cr_assert_eq(ftruncate(fd, (off_t)kernel_ring_page()), 0);
	cr_assert_eq(ring_init(&r, fd, SIZE_MAX / 4 + 1, &kernel.refused), -ENOMEM);
	cr_assert_null(r.consumer);
	cr_assert_null(r.producer);
}

Test(ring, is_taken_despite_discarded_records_at_the_end)
{
	cr_assert(ring_is_taken(&ring));
	kernel_ring_produce(&kernel, 1, 0);
	kernel_ring_produce(&kernel, 99, KERNEL_RING_DISCARD);
	cr_assert_not(ring_is_taken(&ring), "counts as taken before any record is read");
	cr_assert_eq(ring_read(&ring, out, 4), 1);
	cr_assert_not(ring_is_taken(&ring), "counts as taken before an acknowledgement");
	ring_acknowledge(&ring, out[0].event.position);
	cr_assert(ring_is_taken(&ring));
	cr_assert_eq(ring_used(&ring), 0);
	kernel_ring_produce(&kernel, 2, 0);
	cr_assert_not(ring_is_taken(&ring));
}

Test(ring, is_not_taken_while_a_new_record_is_unread)
{
	kernel_ring_produce(&kernel, 1, 0);
	ring_read(&ring, out, 4);
	ring_rewind(&ring);
	cr_assert_not(ring_is_taken(&ring));
}

/* msync(2) fails with ENOMEM for pages that are not mapped. */
Test(ring_init, deinit_unmaps_both)
{
	struct kernel_ring k;
	struct ring r;
	void *consumer, *producer;

	kernel_ring_init(&k, &r, kernel_ring_page(), START);
	consumer = r.consumer;
	producer = (void *)r.producer;
	cr_assert_eq(msync(consumer, kernel_ring_page(), MS_ASYNC), 0);
	kernel_ring_deinit(&k, &r);
	cr_assert_eq(msync(consumer, kernel_ring_page(), MS_ASYNC), -1);
	cr_assert_eq(msync(producer, kernel_ring_page(), MS_ASYNC), -1);
	cr_assert_eq(errno, ENOMEM);
}
