/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The ledger continues the collector's counters over restarts of the collector. */
#include <criterion/criterion.h>

#include "counts/ledger.h"
#include "protocol/codec.h"
#include "protocol/tracepoints.h"

static struct ledger *ledger;

static void begin(void)
{
	cr_assert_eq(ledger_new(&ledger, NULL), 0);
}

static void end(void)
{
	ledger_free(ledger);
}

TestSuite(ledger, .init = begin, .fini = end);

static void take(enum wire_counter_id id, uint32_t label, uint32_t scope, uint64_t value)
{
	union wire_record record;

	wire_counter_init(&record, id, label, scope, value);
	cr_assert_eq(wire_packet_check(&record, sizeof(record), WIRE_FROM_COLLECTOR), WIRE_OK);
	ledger_take(ledger, &record.counter);
}

Test(ledger, keeps_labels_and_scopes_apart)
{
	uint64_t value = 1;

	for (uint32_t cause = WIRE_CAUSE_SYN; cause < WIRE_CAUSES; cause++) {
		for (uint32_t scope = 0; scope < WIRE_SCOPES; scope++)
			take(WIRE_COUNTER_SEGMENTS, cause, scope, value++);
	}
	take(WIRE_COUNTER_FAILURES, WIRE_ERRNOS - 1, 0, 99);
	take(WIRE_COUNTER_MISSED, WIRE_PROGRAMS - 1, 0, 98);
	value = 1;
	for (uint32_t cause = WIRE_CAUSE_SYN; cause < WIRE_CAUSES; cause++) {
		for (uint32_t scope = 0; scope < WIRE_SCOPES; scope++)
			cr_assert_eq(
				ledger_value(ledger, WIRE_COUNTER_SEGMENTS, cause, scope), value++);
	}
	cr_assert_eq(ledger_value(ledger, WIRE_COUNTER_FAILURES, WIRE_ERRNOS - 1, 0), 99);
	cr_assert_eq(ledger_value(ledger, WIRE_COUNTER_MISSED, WIRE_PROGRAMS - 1, 0), 98);
	cr_assert_not(ledger_known(ledger, WIRE_COUNTER_FAILURES, WIRE_ERRNOS - 2, 0));
}

Test(ledger, continues_over_a_restart)
{
	take(WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_FAST, 0, 100);
	take(WIRE_COUNTER_CPU_NS, 0, 0, 5);
	ledger_lose(ledger);
	cr_assert_eq(ledger_value(ledger, WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_FAST, 0), 100);
	ledger_restart(ledger);
	cr_assert_eq(ledger_value(ledger, WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_FAST, 0), 100);
	take(WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_FAST, 0, 30);
	take(WIRE_COUNTER_CPU_NS, 0, 0, 2);
	cr_assert_eq(ledger_value(ledger, WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_FAST, 0), 130);
	cr_assert_eq(ledger_value(ledger, WIRE_COUNTER_CPU_NS, 0, 0), 7);
}

/* Returns the value that the ledger shows after the collector has sent a smaller value. */
static uint64_t fall(enum wire_counter_id id, uint32_t label, uint64_t from, uint64_t to)
{
	take(id, label, 0, from);
	take(id, label, 0, to);
	return ledger_value(ledger, id, label, 0);
}

Test(ledger, lasting_counters_do_not_decrease)
{
	cr_assert_eq(fall(WIRE_COUNTER_DEFERRALS, 0, 10, 4), 10);
	cr_assert_eq(fall(WIRE_COUNTER_DEFERRED, 0, 10, 4), 4);
}

/*
 * With pinned maps a restarted collector continues its instance and the counts of BPF. The counts
 * of its process restart at zero.
 */
Test(ledger, counters_of_the_process_restart)
{
	cr_assert_eq(fall(WIRE_COUNTER_CPU_NS, 0, 500, 20), 520);
	cr_assert_eq(fall(WIRE_COUNTER_PEERS_REFUSED, WIRE_REFUSED_USER, 3, 1), 4);
}

Test(ledger, gauges_end_with_the_collector)
{
	static const enum wire_counter_id momentary[] = {WIRE_COUNTER_DEFERRED,
		WIRE_COUNTER_KERNEL_RETRANS_SEGS, WIRE_COUNTER_KERNEL_OUT_SEGS,
		WIRE_COUNTER_RING_SIZE, WIRE_COUNTER_RING_USED, WIRE_COUNTER_MEMORY};

	for (size_t i = 0; i < sizeof(momentary) / sizeof(momentary[0]); i++) {
		take(momentary[i], 0, 0, 1000);
		cr_assert(ledger_known(ledger, momentary[i], 0, 0));
		/* These are momentary values: a restart adds nothing to them. */
		ledger_restart(ledger);
		cr_assert_eq(ledger_value(ledger, momentary[i], 0, 0), 1000);
		ledger_lose(ledger);
		cr_assert_not(ledger_known(ledger, momentary[i], 0, 0));
		take(momentary[i], 0, 0, 3);
		cr_assert_eq(ledger_value(ledger, momentary[i], 0, 0), 3);
	}
}

/* A connected collector can no longer read one of the values. */
Test(ledger, missing_gauges_are_soon_forgotten)
{
	take(WIRE_COUNTER_KERNEL_OUT_SEGS, 0, 0, 1000);
	take(WIRE_COUNTER_DEFERRALS, 0, 0, 7);
	for (int second = 0; second < LEDGER_FRESH_SECONDS; second++) {
		cr_assert(ledger_known(ledger, WIRE_COUNTER_KERNEL_OUT_SEGS, 0, 0));
		take(WIRE_COUNTER_RING_SIZE, 0, 0, 4096);
		ledger_second(ledger);
	}
	cr_assert_not(ledger_known(ledger, WIRE_COUNTER_KERNEL_OUT_SEGS, 0, 0));
	cr_assert_eq(ledger_value(ledger, WIRE_COUNTER_KERNEL_OUT_SEGS, 0, 0), 0);
	cr_assert(ledger_known(ledger, WIRE_COUNTER_RING_SIZE, 0, 0));
	cr_assert(ledger_known(ledger, WIRE_COUNTER_DEFERRALS, 0, 0));
	take(WIRE_COUNTER_KERNEL_OUT_SEGS, 0, 0, 1001);
	cr_assert_eq(ledger_value(ledger, WIRE_COUNTER_KERNEL_OUT_SEGS, 0, 0), 1001);
}
