/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The collector's counters over its restarts. */
#include <criterion/criterion.h>

#include "codec.h"
#include "ledger.h"

static void take(
	struct ledger *l, enum wire_counter_id id, uint32_t label, uint32_t scope, uint64_t value)
{
	union wire_record record;

	wire_counter_init(&record, id, label, scope, value);
	cr_assert_eq(wire_packet_check(&record, sizeof(record), WIRE_FROM_COLLECTOR), WIRE_OK);
	ledger_take(l, &record.counter);
}

Test(ledger, keeps_labels_and_scopes_apart)
{
	struct ledger *l;
	uint64_t value = 1;

	cr_assert_eq(ledger_new(&l, NULL), 0);
	for (uint32_t cause = WIRE_CAUSE_SYN; cause < WIRE_CAUSES; cause++) {
		for (uint32_t scope = 0; scope < WIRE_SCOPES; scope++)
			take(l, WIRE_COUNTER_SEGMENTS, cause, scope, value++);
	}
	take(l, WIRE_COUNTER_FAILURES, WIRE_ERRNOS - 1, 0, 99);
	take(l, WIRE_COUNTER_MISSED, WIRE_PROGRAMS - 1, 0, 98);
	value = 1;
	for (uint32_t cause = WIRE_CAUSE_SYN; cause < WIRE_CAUSES; cause++) {
		for (uint32_t scope = 0; scope < WIRE_SCOPES; scope++)
			cr_assert_eq(ledger_value(l, WIRE_COUNTER_SEGMENTS, cause, scope), value++);
	}
	cr_assert_eq(ledger_value(l, WIRE_COUNTER_FAILURES, WIRE_ERRNOS - 1, 0), 99);
	cr_assert_eq(ledger_value(l, WIRE_COUNTER_MISSED, WIRE_PROGRAMS - 1, 0), 98);
	cr_assert_not(ledger_known(l, WIRE_COUNTER_FAILURES, WIRE_ERRNOS - 2, 0));
	ledger_free(l);
}

Test(ledger, carries_on_over_a_restart)
{
	struct ledger *l;

	cr_assert_eq(ledger_new(&l, NULL), 0);
	take(l, WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_FAST, 0, 100);
	take(l, WIRE_COUNTER_CPU_NS, 0, 0, 5);
	ledger_lose(l);
	cr_assert_eq(ledger_value(l, WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_FAST, 0), 100);
	ledger_restart(l);
	cr_assert_eq(ledger_value(l, WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_FAST, 0), 100);
	take(l, WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_FAST, 0, 30);
	take(l, WIRE_COUNTER_CPU_NS, 0, 0, 2);
	cr_assert_eq(ledger_value(l, WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_FAST, 0), 130);
	cr_assert_eq(ledger_value(l, WIRE_COUNTER_CPU_NS, 0, 0), 7);
	ledger_free(l);
}

Test(ledger, what_lasts_does_not_go_back)
{
	struct ledger *l;

	cr_assert_eq(ledger_new(&l, NULL), 0);
	take(l, WIRE_COUNTER_DEFERRALS, 0, 0, 10);
	take(l, WIRE_COUNTER_DEFERRALS, 0, 0, 4);
	cr_assert_eq(ledger_value(l, WIRE_COUNTER_DEFERRALS, 0, 0), 10);
	take(l, WIRE_COUNTER_DEFERRED, 0, 0, 10);
	take(l, WIRE_COUNTER_DEFERRED, 0, 0, 4);
	cr_assert_eq(ledger_value(l, WIRE_COUNTER_DEFERRED, 0, 0), 4);
	ledger_free(l);
}

/* Pinned maps keep the instance, and their counts; the collector's own begin again. */
Test(ledger, what_is_of_the_process_begins_again)
{
	struct ledger *l;

	cr_assert_eq(ledger_new(&l, NULL), 0);
	take(l, WIRE_COUNTER_CPU_NS, 0, 0, 500);
	take(l, WIRE_COUNTER_CPU_NS, 0, 0, 20);
	cr_assert_eq(ledger_value(l, WIRE_COUNTER_CPU_NS, 0, 0), 520);
	take(l, WIRE_COUNTER_PEERS_REFUSED, WIRE_REFUSED_USER, 0, 3);
	take(l, WIRE_COUNTER_PEERS_REFUSED, WIRE_REFUSED_USER, 0, 1);
	cr_assert_eq(ledger_value(l, WIRE_COUNTER_PEERS_REFUSED, WIRE_REFUSED_USER, 0), 4);
	ledger_free(l);
}

Test(ledger, what_is_of_the_moment_goes_with_the_collector)
{
	static const enum wire_counter_id momentary[] = {WIRE_COUNTER_DEFERRED,
		WIRE_COUNTER_KERNEL_RETRANS_SEGS, WIRE_COUNTER_KERNEL_OUT_SEGS,
		WIRE_COUNTER_RING_SIZE, WIRE_COUNTER_RING_USED, WIRE_COUNTER_MEMORY};
	struct ledger *l;

	cr_assert_eq(ledger_new(&l, NULL), 0);
	for (size_t i = 0; i < sizeof(momentary) / sizeof(momentary[0]); i++) {
		take(l, momentary[i], 0, 0, 1000);
		cr_assert(ledger_known(l, momentary[i], 0, 0));
		/* The kernel's own go on by themselves: no base is added. */
		ledger_restart(l);
		cr_assert_eq(ledger_value(l, momentary[i], 0, 0), 1000);
		ledger_lose(l);
		cr_assert_not(ledger_known(l, momentary[i], 0, 0));
		take(l, momentary[i], 0, 0, 3);
		cr_assert_eq(ledger_value(l, momentary[i], 0, 0), 3);
	}
	ledger_free(l);
}
