/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Keeps the totals of the last ten minutes, one sample every five seconds. A new sample replaces
 * the oldest.
 */
#include <criterion/criterion.h>

#include "counts/history.h"
#include "protocol/codec.h"

static struct ledger *ledger;
static struct history *history;

static void begin(void)
{
	cr_assert_eq(ledger_new(&ledger, NULL), 0);
	cr_assert_eq(history_new(&history), 0);
}

static void end(void)
{
	history_free(history);
	ledger_free(ledger);
}

TestSuite(history, .init = begin, .fini = end);

static void take_counter(enum wire_counter_id id, uint32_t label, uint32_t scope, uint64_t value)
{
	union wire_record record;

	wire_counter_init(&record, id, label, scope, value);
	ledger_take(ledger, &record.counter);
}

Test(history, totals)
{
	const struct history_sample *sample;

	take_counter(WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_FAST, WIRE_SCOPE_HOST, 5);
	take_counter(WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_SYN, WIRE_SCOPE_OTHER, 6);
	take_counter(WIRE_COUNTER_RESETS, WIRE_RESET_SENT, WIRE_SCOPE_OTHER, 9);
	take_counter(WIRE_COUNTER_RESETS, WIRE_RESET_RECEIVED, WIRE_SCOPE_HOST, 10);
	take_counter(WIRE_COUNTER_KERNEL_RETRANS_SEGS, 0, 0, 7);
	take_counter(WIRE_COUNTER_KERNEL_OUT_SEGS, 0, 0, 8);
	history_take(history, ledger, 1000);
	cr_assert_eq(history_count(history), 1);
	sample = history_at(history, 0);
	cr_assert_eq(sample->monotonic_ms, 1000);
	cr_assert_eq(sample->counters[history_counter(WIRE_SCOPE_HOST, WIRE_CAUSE_FAST)], 5);
	cr_assert_eq(sample->counters[history_counter(WIRE_SCOPE_OTHER, WIRE_CAUSE_SYN)], 6);
	cr_assert_eq(sample->counters[history_resets(WIRE_SCOPE_OTHER, WIRE_RESET_SENT)], 9);
	cr_assert_eq(sample->counters[history_resets(WIRE_SCOPE_HOST, WIRE_RESET_RECEIVED)], 10);
	cr_assert_eq(sample->counters[HISTORY_KERNEL_RETRANS], 7);
	cr_assert_eq(sample->counters[HISTORY_KERNEL_OUT], 8);
	for (unsigned i = 0, sum = 0; i < HISTORY_COUNTERS; i++) {
		sum += (unsigned)sample->counters[i];
		cr_assert(i < HISTORY_COUNTERS - 1 || sum == 45);
	}
}

/* The timer has a period of one second, and is up to half a second late. */
Test(history, samples_every_five_seconds)
{
	for (uint64_t s = 0; s <= 20; s++)
		history_take(history, ledger, 1000 * s + s % 3 * 200);
	cr_assert_eq(history_count(history), 5);
	for (uint32_t i = 0; i < 5; i++)
		cr_assert_eq(history_at(history, i)->monotonic_ms / 1000, 5 * i);
}

Test(history, keeps_the_newest_samples)
{
	for (uint64_t i = 0; i < 3 * HISTORY_SAMPLES + 7; i++) {
		take_counter(WIRE_COUNTER_KERNEL_OUT_SEGS, 0, 0, i);
		history_take(history, ledger, 5000 * i);
		cr_assert_eq(history_at(history, history_count(history) - 1)
				     ->counters[HISTORY_KERNEL_OUT],
			i);
	}
	cr_assert_eq(history_count(history), HISTORY_SAMPLES);
	for (uint32_t i = 0; i < HISTORY_SAMPLES; i++)
		cr_assert_eq(history_at(history, i)->monotonic_ms,
			5000 * (uint64_t)(2 * HISTORY_SAMPLES + 7 + i));
}

/* The kernel's totals are missing for a while, but have not restarted. */
Test(history, keeps_a_total_that_is_missing)
{
	const uint64_t expected[] = {8, 8, 9};

	for (uint64_t i = 0; i < 3; i++) {
		if (i != 1)
			take_counter(WIRE_COUNTER_KERNEL_OUT_SEGS, 0, 0, expected[i]);
		history_take(history, ledger, 5000 * i);
		ledger_lose(ledger);
	}
	for (uint32_t i = 0; i < 3; i++)
		cr_assert_eq(
			history_at(history, i)->counters[HISTORY_KERNEL_OUT], expected[i], "%u", i);
}
