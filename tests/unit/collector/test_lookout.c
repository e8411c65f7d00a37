/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The collector sleeps only while the ring is empty. The next event wakes it. */
#include <criterion/criterion.h>

#include "lookout.h"
#include "support/kernel_ring.h"

#define START (UINT64_C(1) << 40)

static struct kernel_ring kernel;
static struct ring ring;
static uint32_t awaited;
static struct lookout lookout;

static void setup(void)
{
	kernel_ring_init(&kernel, &ring, kernel_ring_page(), START);
	awaited = 0;
	lookout = (struct lookout){.awaited = &awaited, .position = START};
}

static void teardown(void)
{
	kernel_ring_deinit(&kernel, &ring);
}

TestSuite(lookout, .init = setup, .fini = teardown);

static void look(void)
{
	union wire_record records[WIRE_PACKET_RECORDS];

	ring_read(&ring, records, WIRE_PACKET_RECORDS);
	lookout_record_read(&lookout, &ring);
}

static void look_often(unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		look();
}

Test(lookout, does_not_sleep_before_four_empty_polls)
{
	for (unsigned i = 0; i < LOOKOUT_EMPTY_READS; i++) {
		cr_assert_not(lookout_will_be_woken(&lookout, &ring), "after %u", i);
		cr_assert_eq(awaited, 0, "after %u", i);
		look();
	}
	cr_assert(lookout_will_be_woken(&lookout, &ring));
	cr_assert_eq(awaited, 1);
}

Test(lookout, a_record_restarts_the_count)
{
	look_often(LOOKOUT_EMPTY_READS - 1);
	kernel_ring_produce(&kernel, 1, 0);
	look_often(LOOKOUT_EMPTY_READS);
	cr_assert_not(lookout_will_be_woken(&lookout, &ring));
	look();
	cr_assert(lookout_will_be_woken(&lookout, &ring));
}

/*
 * A record arrives after the last poll, but before the collector sets the word that requests a
 * wakeup. The record's program may have read the old word.
 */
Test(lookout, does_not_sleep_while_a_record_is_unread)
{
	look_often(LOOKOUT_EMPTY_READS);
	kernel_ring_produce(&kernel, 1, 0);
	cr_assert_not(lookout_will_be_woken(&lookout, &ring));
}

/* A program has reserved a record and may have read the word. It has not submitted the record. */
Test(lookout, does_not_sleep_while_a_record_is_reserved)
{
	kernel_ring_produce(&kernel, 1, KERNEL_RING_BUSY);
	look_often(2 * LOOKOUT_EMPTY_READS);
	cr_assert_not(lookout_will_be_woken(&lookout, &ring));
}

Test(lookout, sleeps_while_a_record_is_not_acknowledged)
{
	kernel_ring_produce(&kernel, 1, 0);
	look_often(LOOKOUT_EMPTY_READS + 1);
	cr_assert(lookout_will_be_woken(&lookout, &ring));
}

/* The event that woke the collector cleared the word, so the collector sets it again. */
Test(lookout, sets_the_word_again_after_an_event)
{
	look_often(LOOKOUT_EMPTY_READS);
	cr_assert(lookout_will_be_woken(&lookout, &ring));
	awaited = 0;
	kernel_ring_produce(&kernel, 1, 0);
	look();
	cr_assert_not(lookout_will_be_woken(&lookout, &ring));
	cr_assert_eq(awaited, 0);
	look_often(LOOKOUT_EMPTY_READS);
	cr_assert(lookout_will_be_woken(&lookout, &ring));
	cr_assert_eq(awaited, 1);
}

/* After a timer has woken the collector, the next event must still wake it. */
Test(lookout, stays_armed_after_another_wakeup)
{
	look_often(LOOKOUT_EMPTY_READS);
	cr_assert(lookout_will_be_woken(&lookout, &ring));
	look();
	cr_assert(lookout_will_be_woken(&lookout, &ring));
	cr_assert_eq(awaited, 1);
}
