/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Processes that share a large table of files can make the walk over files take hours. The walk
 * over storage must not wait for that. This file replaces probe_walk().
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <limits.h>

#include "sweep.h"

#define AGO_NS (2 * (uint64_t)SWEEP_INTERVAL_NS)

static unsigned steps[PROBE_WALKS];
static unsigned unfinished[PROBE_WALKS]; /* how many next steps do not end the walk */
static enum probe_walk latest;
static int walk_result;

int probe_walk(struct probe *probe, enum probe_walk walk)
{
	(void)probe;
	steps[walk]++;
	latest = walk;
	if (!unfinished[walk])
		return walk_result;
	unfinished[walk]--;
	return -EAGAIN;
}

void probe_walk_end(struct probe *probe, enum probe_walk walk)
{
	(void)probe, (void)walk;
}

/* Lets the sweep continue as if more time had passed. */
static void go_on_later(struct sweep *sweep)
{
	sweep->last.monotonic_ns -= AGO_NS;
	sweep->last.boot_ns -= AGO_NS;
	sweep->files_ended_ns -= AGO_NS;
	sweep->next_step_ns = 0;
	sweep_go_on(sweep, false);
}

Test(sweep, files_first)
{
	struct sweep sweep;

	sweep_init(&sweep, NULL);
	sweep_go_on(&sweep, false);
	cr_expect_eq(steps[PROBE_FILES] + steps[PROBE_SWEEP], 0, "a walk was due at the start");
	go_on_later(&sweep);
	cr_expect_eq(steps[PROBE_FILES], 1);
	cr_expect_eq(steps[PROBE_SWEEP], 1);
	cr_expect_eq(latest, PROBE_SWEEP, "new storage must report at once");
	sweep.files_ended_ns -= AGO_NS;
	sweep.next_step_ns = 0;
	sweep_go_on(&sweep, false);
	cr_expect_eq(steps[PROBE_FILES], 2);
	cr_expect_eq(steps[PROBE_SWEEP], 2, "although it was not due");
}

Test(sweep, an_endless_walk_over_files_does_not_delay_the_other)
{
	struct sweep sweep;

	sweep_init(&sweep, NULL);
	unfinished[PROBE_FILES] = UINT_MAX;
	for (unsigned i = 1; i <= 3; i++) {
		go_on_later(&sweep);
		cr_expect_eq(steps[PROBE_FILES], i);
		cr_expect_eq(steps[PROBE_SWEEP], i);
	}
}

Test(sweep, an_endless_walk_over_storage_does_not_delay_the_other)
{
	struct sweep sweep;

	sweep_init(&sweep, NULL);
	unfinished[PROBE_SWEEP] = UINT_MAX;
	for (unsigned i = 1; i <= 3; i++)
		go_on_later(&sweep);
	cr_expect_eq(steps[PROBE_FILES], 3);
	cr_expect_eq(steps[PROBE_SWEEP], 3);
}

Test(sweep, both_walks_have_the_same_pauses)
{
	struct sweep sweep;

	sweep_init(&sweep, NULL);
	unfinished[PROBE_FILES] = UINT_MAX;
	go_on_later(&sweep);
	sweep.next_step_ns = UINT64_MAX;
	sweep.last.monotonic_ns -= AGO_NS;
	sweep.last.boot_ns -= AGO_NS;
	sweep_go_on(&sweep, false);
	cr_expect_eq(steps[PROBE_FILES], 1);
	cr_expect_eq(steps[PROBE_SWEEP], 1);
}

Test(sweep, at_once_only_storage)
{
	struct sweep sweep;

	sweep_init(&sweep, NULL);
	unfinished[PROBE_FILES] = UINT_MAX;
	go_on_later(&sweep);
	sweep_at_once(&sweep, 1);
	cr_expect_eq(steps[PROBE_FILES], 1);
	cr_expect_eq(steps[PROBE_SWEEP], 2);
}

/* A failed walk ends. The next one is due at the usual time. */
Test(sweep, a_failed_walk_does_not_stop_later_ones)
{
	struct sweep sweep;

	sweep_init(&sweep, NULL);
	walk_result = -EIO;
	go_on_later(&sweep);
	sweep.next_step_ns = 0;
	sweep_go_on(&sweep, false);
	cr_expect_eq(steps[PROBE_FILES], 1);
	cr_expect_eq(steps[PROBE_SWEEP], 1);
	go_on_later(&sweep);
	cr_expect_eq(steps[PROBE_SWEEP], 2);
}

/* At the end, the walk over storage may take only so long. */
Test(sweep, at_once_has_an_end)
{
	struct sweep sweep;

	sweep_init(&sweep, NULL);
	unfinished[PROBE_SWEEP] = UINT_MAX;
	sweep_at_once(&sweep, 1000000);
	cr_expect_gt(steps[PROBE_SWEEP], 0);
	cr_expect_eq(steps[PROBE_FILES], 0);
	unfinished[PROBE_SWEEP] = 3;
	steps[PROBE_SWEEP] = 0;
	sweep_at_once(&sweep, UINT64_C(1) << 62);
	cr_expect_eq(steps[PROBE_SWEEP], 4);
}
