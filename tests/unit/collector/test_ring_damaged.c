/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests which positions and counts a collector refuses in a ring that another process has left. */
#include <criterion/criterion.h>
#include <inttypes.h>

#include "ring.h"
#include "support/kernel_ring.h"

#define START (UINT64_C(1) << 40) /* a position that does not fit into 32 bits */

static struct kernel_ring kernel;
static struct ring ring;

static void setup(void)
{
	kernel_ring_init(&kernel, &ring, kernel_ring_page(), START);
}

static void teardown(void)
{
	kernel_ring_deinit(&kernel, &ring);
}

TestSuite(ring_damaged, .init = setup, .fini = teardown);

static bool is_damaged(void)
{
	return ring_is_damaged(kernel.fd, kernel.size, &kernel.refused);
}

/* An attacker who controls a collector may leave such a ring to the next collector. */
Test(ring_damaged, refuses_positions_that_no_record_has)
{
	const uint64_t wrong[] = {START + 1, START + 8, START + 3 * RING_STRIDE,
		START - RING_STRIDE, START - kernel_ring_page() * RING_STRIDE, 0, UINT64_MAX};

	for (uint32_t i = 1; i <= 2; i++)
		kernel_ring_produce(&kernel, i, KERNEL_RING_BUSY);
	cr_expect_not(is_damaged());
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		*kernel.consumer = wrong[i];
		cr_expect(is_damaged(), "%" PRIu64, wrong[i]);
	}
	*kernel.consumer = *kernel.producer;
	cr_expect_not(is_damaged());
	*kernel.consumer = ++*kernel.producer;
	cr_expect(is_damaged(), "an empty ring at an odd position");
}

/* The bytes at such a position may look like the length of a record. */
Test(ring_damaged, refuses_a_position_inside_a_record)
{
	const uint32_t length = WIRE_RECORD_SIZE;

	kernel_ring_produce(&kernel, 1, 0);
	for (uint64_t at = START + 8; at < START + RING_STRIDE; at += 8) {
		kernel_ring_write(&kernel, at, &length, sizeof(length));
		*kernel.consumer = kernel.refused.acknowledged = at;
		cr_expect(is_damaged(), "%" PRIu64, at - START);
	}
}

/*
 * The attacker may also leave such positions and counts of refused records. The ring has three
 * committed records, of which one is acknowledged, and one that is not committed.
 */
Test(ring_damaged, refuses_what_refused_records_cannot_leave)
{
	const struct refused real = {.acknowledged = START + RING_STRIDE,
		.valid = 1,
		.counts[1] = {.position = START + 3 * RING_STRIDE, .connections = 3}};
	struct refused_counts *counts = &kernel.refused.counts[1];
	const struct {
		uint64_t *value, wrong;
	} cases[] = {
		{&kernel.refused.acknowledged, START + 4 * RING_STRIDE},
		{&kernel.refused.acknowledged, START + RING_STRIDE - 8},
		{&kernel.refused.acknowledged, UINT64_MAX},
		{&counts->position, START + 4 * RING_STRIDE},
		{&counts->position, START + 3 * RING_STRIDE - 8},
		{&counts->position, UINT64_MAX},
		{&counts->position, 0},
		{&counts->connections, real.counts[1].position / RING_STRIDE + 1},
	};

	for (uint32_t i = 1; i <= 3; i++)
		kernel_ring_produce(&kernel, i, 0);
	kernel_ring_produce(&kernel, 4, KERNEL_RING_BUSY);
	ring_acknowledge(&ring, START + RING_STRIDE);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		kernel.refused = real;
		cr_expect_not(is_damaged());
		*cases[i].value = cases[i].wrong;
		cr_expect(is_damaged(), "case %zu", i);
	}
	kernel.refused = (struct refused){.acknowledged = START};
	cr_expect_not(is_damaged(), "no record was refused");
}
