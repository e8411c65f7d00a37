/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The collector sends its counters once a second. This file replaces the probe's functions, so the
 * test needs no kernel support.
 */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "protocol/codec.h"
#include "support/failing_calls.h"
#include "support/kernel_ring.h"
#include "support/log_sink.h"
#include "tally.h"

static struct identity identity;
static struct counters counters;
static uint64_t missed[WIRE_PROGRAMS];
static int missed_error;

const struct identity *probe_identity(const struct probe *probe)
{
	(void)probe;
	return &identity;
}

void probe_counters(const struct probe *probe, struct counters *sum)
{
	(void)probe;
	*sum = counters;
}

int probe_missed(const struct probe *probe, unsigned program, uint64_t *value)
{
	(void)probe;
	*value = missed[program];
	return missed_error;
}

int __real_mib_init(struct mib *mib, uint32_t host_netns);
REPLACED_CALL(int, mib_init, (struct mib * mib, uint32_t host_netns))
{
	return failing_calls_now("mib_init") ? -errno : __real_mib_init(mib, host_netns);
}

static struct kernel_ring kernel;
static struct ring ring;
static struct tally tally;
static union wire_record records[WIRE_PACKET_RECORDS + 1];

static void setup(void)
{
	kernel_ring_init(&kernel, &ring, kernel_ring_page(), 0);
	cr_redirect_stderr();
	tally_init(&tally, NULL, &ring);
}

static void teardown(void)
{
	kernel_ring_deinit(&kernel, &ring);
}

TestSuite(tally, .init = setup, .fini = teardown);

/* Makes the records of the tally. The exporter must accept the packet. */
static size_t make_tally(void)
{
	size_t n;

	memset(records, 0xa5, sizeof(records));
	n = tally_records(&tally, records);
	cr_assert_leq(n, WIRE_PACKET_RECORDS);
	cr_assert_eq(
		wire_packet_check(records, n * sizeof(*records), WIRE_FROM_COLLECTOR), WIRE_OK);
	return n;
}

/* Returns a counter's value, or `absent` if it is not sent. It must not be sent twice. */
static uint64_t value(enum wire_counter_id id, uint32_t label, uint32_t scope, uint64_t absent)
{
	uint64_t found = absent;
	unsigned times = 0;
	size_t n = make_tally();

	for (size_t i = 0; i < n; i++) {
		const struct wire_counter *c = &records[i].counter;

		if (c->id == id && c->label == label && c->scope == scope) {
			found = c->value;
			times++;
		}
	}
	cr_assert_leq(times, 1);
	return found;
}

static void check_value(enum wire_counter_id id, uint32_t label, uint32_t scope, uint64_t wanted)
{
	cr_assert_eq(value(id, label, scope, ~wanted), wanted, "id %d label %u scope %u", id, label,
		scope);
}

Test(tally, sends_zeros)
{
	for (uint32_t cause = WIRE_CAUSE_SYN; cause < WIRE_CAUSES; cause++) {
		check_value(WIRE_COUNTER_SEGMENTS, cause, WIRE_SCOPE_HOST, 0);
		check_value(WIRE_COUNTER_SEGMENTS, cause, WIRE_SCOPE_OTHER, 0);
		check_value(WIRE_COUNTER_UNATTRIBUTED, cause, 0, 0);
	}
	for (uint32_t why = 0; why < WIRE_REFUSALS; why++)
		check_value(WIRE_COUNTER_PEERS_REFUSED, why, 0, 0);
	for (uint32_t program = 0; program < WIRE_PROGRAMS; program++)
		check_value(WIRE_COUNTER_MISSED, program, 0, 0);
	check_value(WIRE_COUNTER_DEFERRED, 0, 0, 0);
	check_value(WIRE_COUNTER_DEFERRALS, 0, 0, 0);
	check_value(WIRE_COUNTER_SENT_UNATTRIBUTED, 0, 0, 0);
}

Test(tally, segments_by_cause_and_scope)
{
	for (uint32_t cause = WIRE_CAUSE_SYN; cause < WIRE_CAUSES; cause++) {
		counters.segments[WIRE_SCOPE_HOST][cause] = 100 + cause;
		counters.segments[WIRE_SCOPE_OTHER][cause] = 200 + cause;
		counters.unattributed[cause] = UINT64_MAX - cause;
	}
	for (uint32_t cause = WIRE_CAUSE_SYN; cause < WIRE_CAUSES; cause++) {
		check_value(WIRE_COUNTER_SEGMENTS, cause, WIRE_SCOPE_HOST, 100 + cause);
		check_value(WIRE_COUNTER_SEGMENTS, cause, WIRE_SCOPE_OTHER, 200 + cause);
		check_value(WIRE_COUNTER_UNATTRIBUTED, cause, 0, UINT64_MAX - cause);
	}
}

Test(tally, resets_by_direction_and_scope)
{
	counters.resets[WIRE_RESET_SENT][WIRE_SCOPE_HOST] = 5;
	counters.resets[WIRE_RESET_RECEIVED][WIRE_SCOPE_OTHER] = 6;
	counters.resets_without_connection = 7;
	counters.resets_unattributed[WIRE_RESET_SENT] = 8;
	check_value(WIRE_COUNTER_RESETS, WIRE_RESET_SENT, WIRE_SCOPE_HOST, 5);
	check_value(WIRE_COUNTER_RESETS, WIRE_RESET_SENT, WIRE_SCOPE_OTHER, 0);
	check_value(WIRE_COUNTER_RESETS, WIRE_RESET_RECEIVED, WIRE_SCOPE_HOST, 0);
	check_value(WIRE_COUNTER_RESETS, WIRE_RESET_RECEIVED, WIRE_SCOPE_OTHER, 6);
	check_value(WIRE_COUNTER_RESETS_WITHOUT_CONNECTION, 0, 0, 7);
	check_value(WIRE_COUNTER_RESETS_UNATTRIBUTED, WIRE_RESET_SENT, 0, 8);
	check_value(WIRE_COUNTER_RESETS_UNATTRIBUTED, WIRE_RESET_RECEIVED, 0, 0);
}

Test(tally, sends_the_deferred_segments_of_now)
{
	counters.deferred = 12;
	counters.caught_up = 5;
	counters.sent_unattributed = 9;
	cr_assert_eq(tally_deferred(&tally), 7);
	check_value(WIRE_COUNTER_DEFERRED, 0, 0, 7);
	check_value(WIRE_COUNTER_DEFERRALS, 0, 0, 12);
	check_value(WIRE_COUNTER_SENT_UNATTRIBUTED, 0, 0, 9);
	counters.caught_up = 13; /* the probe reads this counter later */
	cr_assert_eq(tally_deferred(&tally), 0);
	check_value(WIRE_COUNTER_DEFERRED, 0, 0, 0);
}

Test(tally, sends_only_failures_that_occurred)
{
	counters.failures[0] = 1;
	counters.failures[EBUSY] = 2;
	counters.failures[COUNTERS_ERRNOS - 1] = 3;
	check_value(WIRE_COUNTER_FAILURES, 0, 0, 1);
	check_value(WIRE_COUNTER_FAILURES, EBUSY, 0, 2);
	check_value(WIRE_COUNTER_FAILURES, COUNTERS_ERRNOS - 1, 0, 3);
	cr_assert_eq(value(WIRE_COUNTER_FAILURES, EPERM, 0, 4711), 4711);
}

Test(tally, fits_a_packet)
{
	memset(&counters, 0x11, sizeof(counters));
	memset(missed, 0x22, sizeof(missed));
	cr_assert_gt(make_tally(), COUNTERS_ERRNOS);
	cr_assert_eq(records[WIRE_PACKET_RECORDS].type, 0xa5);
}

Test(tally, sends_misses_by_program)
{
	for (uint32_t program = 0; program < WIRE_PROGRAMS; program++)
		missed[program] = 10 + program;
	for (uint32_t program = 0; program < WIRE_PROGRAMS; program++)
		check_value(WIRE_COUNTER_MISSED, program, 0, 10 + program);
	missed_error = -EPERM;
	cr_assert_eq(
		value(WIRE_COUNTER_MISSED, 0, 0, 4711), 4711, "an unknown number was sent as zero");
}

Test(tally, sends_the_ring_and_refused_peers)
{
	kernel_ring_produce(&kernel, 1, 0);
	kernel_ring_produce(&kernel, 2, 0);
	tally.refused[WIRE_REFUSED_SILENT] = 3;
	tally.refused[WIRE_REFUSED_BUSY] = 4;
	check_value(WIRE_COUNTER_RING_SIZE, 0, 0, kernel_ring_page());
	check_value(WIRE_COUNTER_RING_USED, 0, 0, 2 * RING_STRIDE);
	check_value(WIRE_COUNTER_PEERS_REFUSED, WIRE_REFUSED_SILENT, 0, 3);
	check_value(WIRE_COUNTER_PEERS_REFUSED, WIRE_REFUSED_BUSY, 0, 4);
	check_value(WIRE_COUNTER_PEERS_REFUSED, WIRE_REFUSED_USER, 0, 0);
}

/* These are values of this process: its memory includes allocations, and its CPU time grows. */
Test(tally, sends_its_own_memory_and_cpu_time)
{
	static volatile uint8_t memory[16 * 1024 * 1024]; /* volatile: nothing reads it */
	uint64_t cpu = value(WIRE_COUNTER_CPU_NS, 0, 0, 0),
		 resident = value(WIRE_COUNTER_MEMORY, 0, 0, 0);

	for (size_t i = 0; i < sizeof(memory); i += 512)
		memory[i] = 1;
	cr_assert_gt(cpu, 0);
	cr_assert_geq(value(WIRE_COUNTER_CPU_NS, 0, 0, 0), cpu);
	cr_assert_geq(value(WIRE_COUNTER_MEMORY, 0, 0, 0), resident + sizeof(memory) / 2);
}

Test(tally, sends_the_hosts_counters)
{
	static const char text[] = "Tcp: OutSegs RetransSegs OutRsts\nTcp: 11 22 33\n";

	mib_deinit(&tally.mib);
	tally.mib.fd = memfd_create("snmp", MFD_CLOEXEC);
	cr_assert_eq(write(tally.mib.fd, text, strlen(text)), (ssize_t)strlen(text));
	check_value(WIRE_COUNTER_KERNEL_OUT_SEGS, 0, 0, 11);
	check_value(WIRE_COUNTER_KERNEL_RETRANS_SEGS, 0, 0, 22);
	check_value(WIRE_COUNTER_KERNEL_OUT_RSTS, 0, 0, 33);
}

Test(tally, omits_counters_without_the_hosts_file)
{
	mib_deinit(&tally.mib);
	cr_assert_eq(value(WIRE_COUNTER_KERNEL_RETRANS_SEGS, 0, 0, 4711), 4711);
	cr_assert_eq(value(WIRE_COUNTER_KERNEL_OUT_SEGS, 0, 0, 4711), 4711);
	cr_assert_eq(value(WIRE_COUNTER_KERNEL_OUT_RSTS, 0, 0, 4711), 4711);
}

Test(tally, omits_memory_without_statm)
{
	close(tally.statm);
	tally.statm = -1;
	cr_assert_eq(value(WIRE_COUNTER_MEMORY, 0, 0, 4711), 4711);
}

Test(tally, says_why_the_hosts_file_is_missing)
{
	static const struct {
		int error;
		const char *line;
	} errors[] = {
		{EXDEV, "PID 1 is not the host's PID 1: continuing without the metrics "
			"rexmit_kernel_*; to have them, run the collector in the host's PID "
			"namespace (hostPID: true)\n"},
		{EACCES, "cannot read the host's RetransSegs from /proc/1/net/snmp: Permission "
			 "denied; continuing without the metrics rexmit_kernel_*\n"},
	};

	log_sink_use_pipe();
	for (size_t i = 0; i < 2; i++) {
		failing_calls_set("mib_init", 1, errors[i].error);
		tally_init(&tally, NULL, &ring);
		log_sink_assert_line(errors[i].line);
	}
}
