/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The audit compares how much the kernel's and the collector's counts have increased, since a
 * moment without traffic and within one instance.
 */
#include <criterion/criterion.h>

#include "ui/audit.h"

static struct ledger *ledger;
static struct stream stream;
static struct audit audit;
static uint32_t second;

static void begin(void)
{
	cr_assert_eq(ledger_new(&ledger, NULL), 0);
	cr_assert_eq(stream_init(&stream, NULL, &(struct stream_sinks){.ledger = ledger}), 0);
}

static void end(void)
{
	stream_deinit(&stream);
	ledger_free(ledger);
}

TestSuite(audit, .init = begin, .fini = end);

static void take_counter(enum wire_counter_id id, uint32_t label, uint32_t scope, uint64_t value)
{
	union wire_record record;

	wire_counter_init(&record, id, label, scope, value);
	ledger_take(ledger, &record.counter);
	stream.past->counts.records[WIRE_COUNTER]++;
}

static void sample(void)
{
	second++;
	audit_compare(&audit, &stream,
		(struct table_time){.real_s = 1700000000 + second, .monotonic_s = 100 + second});
}

/* Sends the counters of one second: two causes in the host's namespace, one in another. */
static void take_counters(uint64_t kernel, uint64_t counted)
{
	take_counter(WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_SYN, WIRE_SCOPE_HOST, counted / 3);
	take_counter(
		WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_FAST, WIRE_SCOPE_HOST, counted - counted / 3);
	take_counter(WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_FAST, WIRE_SCOPE_OTHER, 1000 * second);
	take_counter(WIRE_COUNTER_KERNEL_RETRANS_SEGS, 0, 0, kernel);
	sample();
}

/* Takes two equal samples, between which no segment is in flight. */
static void sample_at_rest(uint64_t kernel, uint64_t counted)
{
	take_counters(kernel, counted);
	take_counters(kernel, counted);
}

static void expect(uint64_t kernel, uint64_t counted, uint32_t since_s, uint32_t equal_s)
{
	struct audit_counters counters = audit_counters(&audit);

	cr_assert(audit.known);
	cr_assert_eq(counters.kernel, kernel);
	cr_assert_eq(counters.counted, counted);
	cr_assert_eq(audit.since.real_s, 1700000000 + since_s);
	cr_assert_eq(audit.equal_s, 100 + equal_s);
}

Test(audit, is_unknown_without_counters)
{
	sample();
	cr_assert_not(audit.known);
	take_counter(WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_SYN, WIRE_SCOPE_HOST, 5);
	sample();
	cr_assert_not(audit.known);
}

Test(audit, starts_with_the_first_sample)
{
	take_counters(5000, 20);
	expect(0, 0, 1, 1);
	take_counters(5010, 30);
	expect(10, 10, 1, 2);
	take_counters(5013, 30);
	expect(13, 10, 1, 2);
}

/*
 * The counters are read while segments are in flight. Until a moment without traffic three segments
 * are missing.
 */
Test(audit, restarts_once_at_a_moment_without_traffic)
{
	take_counters(5003, 20);
	take_counters(5010, 30);
	expect(7, 10, 1, 1);
	take_counters(5010, 30);
	expect(0, 0, 3, 3);
	take_counters(5011, 31);
	expect(1, 1, 3, 4);
	sample_at_rest(5012, 31);
	expect(2, 1, 3, 4);
}

Test(audit, continues_while_nothing_is_lost)
{
	sample_at_rest(5000, 20);
	expect(0, 0, 2, 2);
	sample_at_rest(5000, 20);
	expect(0, 0, 2, 4);
	take_counters(5001, 21);
	expect(1, 1, 2, 5);
}

/* No new counters have arrived, so this is no moment without traffic. */
Test(audit, ignores_samples_without_new_counters)
{
	take_counters(5003, 20);
	sample();
	expect(0, 0, 1, 1);
	take_counters(5010, 30);
	sample();
	expect(7, 10, 1, 1);
}

Test(audit, restarts_with_another_instance)
{
	sample_at_rest(5000, 20);
	stream.past->counts.restarts++;
	ledger_restart(ledger);
	take_counters(5100, 4);
	expect(0, 0, 3, 3);
	take_counters(5101, 5);
	expect(1, 1, 3, 4);
}

Test(audit, continues_with_the_same_instance)
{
	sample_at_rest(5000, 20);
	ledger_lose(ledger);
	sample();
	cr_assert_not(audit.known);
	take_counters(5100, 120);
	expect(100, 100, 2, 4);
}
