/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The kernel's and the collector's counts are compared since a moment without traffic, within one
 * instance.
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

static void tell(enum wire_counter_id id, uint32_t label, uint32_t scope, uint64_t value)
{
	union wire_record record;

	wire_counter_init(&record, id, label, scope, value);
	ledger_take(ledger, &record.counter);
	stream.past->counts.records[WIRE_COUNTER]++;
}

static void look(void)
{
	second++;
	audit_look(&audit, &stream,
		(struct table_time){.real_s = 1700000000 + second, .monotonic_s = 100 + second});
}

/*
 * The counters that the collector sends in one second: two causes in the host's namespace, one in
 * another.
 */
static void tell_all(uint64_t kernel, uint64_t counted)
{
	tell(WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_SYN, WIRE_SCOPE_HOST, counted / 3);
	tell(WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_FAST, WIRE_SCOPE_HOST, counted - counted / 3);
	tell(WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_FAST, WIRE_SCOPE_OTHER, 1000 * second);
	tell(WIRE_COUNTER_KERNEL_RETRANS_SEGS, 0, 0, kernel);
	look();
}

/* Two equal samples: no segment was in flight. */
static void rest(uint64_t kernel, uint64_t counted)
{
	tell_all(kernel, counted);
	tell_all(kernel, counted);
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

Test(audit, nothing_is_told)
{
	look();
	cr_assert_not(audit.known);
	tell(WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_SYN, WIRE_SCOPE_HOST, 5);
	look();
	cr_assert_not(audit.known);
}

Test(audit, from_the_first_look)
{
	tell_all(5000, 20);
	expect(0, 0, 1, 1);
	tell_all(5010, 30);
	expect(10, 10, 1, 2);
	tell_all(5013, 30);
	expect(13, 10, 1, 2);
}

/*
 * The counters were read while segments were in flight: three are missing until a moment without
 * traffic.
 */
Test(audit, moves_to_a_rest_once)
{
	tell_all(5003, 20);
	tell_all(5010, 30);
	expect(7, 10, 1, 1);
	tell_all(5010, 30);
	expect(0, 0, 3, 3);
	tell_all(5011, 31);
	expect(1, 1, 3, 4);
	rest(5012, 31);
	expect(2, 1, 3, 4);
}

/* No new counters arrived, so this is not a moment without traffic. */
Test(audit, a_look_too_early)
{
	tell_all(5003, 20);
	look();
	expect(0, 0, 1, 1);
	tell_all(5010, 30);
	look();
	expect(7, 10, 1, 1);
}

Test(audit, another_instance_begins_anew)
{
	rest(5000, 20);
	stream.past->counts.restarts++;
	ledger_restart(ledger);
	tell_all(5100, 4);
	expect(0, 0, 3, 3);
	tell_all(5101, 5);
	expect(1, 1, 3, 4);
}

Test(audit, the_same_instance_goes_on)
{
	rest(5000, 20);
	ledger_lose(ledger);
	look();
	cr_assert_not(audit.known);
	tell_all(5100, 120);
	expect(100, 100, 2, 4);
}
