/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "support/stream_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/tracepoints.h"
#include "support/exporter_events.h"

static const struct table_time now = {1700000000, 1000};

struct grouping grouping;
struct stream stream;
struct histograms histograms;
static uint64_t position;

void begin(unsigned labels, bool all_ports, unsigned prefix4, unsigned prefix6, uint32_t limit)
{
	struct stream_sinks sinks = {.grouping = &grouping, .histograms = &histograms};
	union wire_record record;

	grouping_init(&grouping, labels, all_ports, prefix4, prefix6);
	cr_assert_eq(table_new(&sinks.table, NULL, limit), 0);
	cr_assert_eq(ledger_new(&sinks.ledger, NULL), 0);
	cr_assert_eq(names_new(&sinks.names, NULL, sinks.table), 0);
	cr_assert_eq(cgroups_new(&sinks.cgroups, sinks.names, GROUP_NAME_LABELS), 0);
	cr_assert_eq(processes_new(&sinks.processes, sinks.names), 0);
	cr_assert_eq(histograms_init(&histograms, NULL), 0);
	cr_assert_eq(stream_init(&stream, NULL, &sinks), 0);
	stream_begin(&stream, &record);
	stream.past->counts.connects = 13;
}

static void take_packet(const union wire_record *records, size_t count)
{
	enum wire_error error;

	cr_assert_eq(
		stream_take(&stream, records, count * sizeof(*records), now, &error), STREAM_GO_ON);
}

void take(union wire_record record)
{
	take_packet(&record, 1);
}

void take_hello(void)
{
	union wire_record record;

	wire_hello_init(&record, (const uint8_t[16]){1}, "1.2.3");
	record.hello.attached_ns = 5000000000;
	record.hello.clock_offset_ns = 1699999990250000000;
	take(record);
}

void take_event(struct wire_event event, uint32_t sent)
{
	event.position = position += 104;
	event.segments_sent = sent;
	event.bytes = 1448 * (uint64_t)event.segments;
	event.boot_ns = 10000000000 + position * 1000000;
	event.srtt_us = 97 * event.segments;
	event.flags |= event.segments % 2 ? WIRE_EVENT_FIRST : 0;
	if (event.cause == WIRE_CAUSE_TIMEOUT || event.cause == WIRE_CAUSE_SYN) {
		event.timers = event.segments;
		event.stall_us = 1200000 * event.timers;
	}
	take((union wire_record){.event = event});
}

void take_name(uint64_t cgroup_id, const char *path)
{
	union wire_record records[WIRE_NAME_RECORDS];

	take_packet(records, wire_name_init(records, cgroup_id, path));
}

static void take_counter(enum wire_counter_id id, uint32_t label, uint32_t scope, uint64_t value)
{
	union wire_record record;

	wire_counter_init(&record, id, label, scope, value);
	take(record);
}

void take_events(void)
{
	struct wire_event server =
		event_make("192.0.2.1", 443, "203.0.113.200", 60999, WIRE_CAUSE_SYNACK, 2);
	struct wire_event quiet =
		event_make("192.0.2.1", 40003, "198.51.100.9", 5432, WIRE_CAUSE_NONE, 0);

	/* The cgroup 4242 has no name. */
	take_name(77, "/system.slice/a \"b\" \\\\ c.service");
	server.role = WIRE_ROLE_SERVER;
	server.cgroup_id = 4242;
	take_event(event_make("192.0.2.1", 40000, "198.51.100.7", 443, WIRE_CAUSE_FAST, 45), 1000);
	take_event(event_make("192.0.2.1", 40001, "198.51.100.7", 443, WIRE_CAUSE_TIMEOUT, 1), 20);
	take_event(event_make("192.0.2.1", 40002, "198.51.100.7", 443, WIRE_CAUSE_SYN, 3), 3);
	take_event(server, 2);
	take_event(event_make("2001:db8::1", 40000, "2001:db8:0:0:1::9", 25, WIRE_CAUSE_SLOW_START,
			   10),
		100);
	take_event(
		event_make("2001:db8::1", 40000, "2001:db8:0:0:1::9", 25, WIRE_CAUSE_PROBE, 1), 1);
	take_event(event_make("2001:db8::1", 40000, "2001:db8:0:0:1::9", 25, WIRE_CAUSE_UNKNOWN,
			   4000000000),
		4000000000);
	quiet.resets_sent = 2;
	quiet.resets_received = 1;
	quiet.flags = WIRE_EVENT_ENDED;
	quiet.timed_out = WIRE_PHASE_ESTABLISHED;
	quiet.segments_received = 700;
	quiet.segments_out_of_order = 5;
	quiet.segments_spurious = 3;
	take_event(quiet, 500);
	server.cause = WIRE_CAUSE_NONE;
	server.segments = 0;
	server.resets_received = 7;
	server.flags = WIRE_EVENT_ENDED;
	server.segments_received = 9;
	take_event(server, 0);
}

void take_counters(void)
{
	uint64_t value = 1000;

	for (uint32_t cause = WIRE_CAUSE_SYN; cause < WIRE_CAUSES; cause++) {
		for (uint32_t scope = 0; scope < WIRE_SCOPES; scope++)
			take_counter(WIRE_COUNTER_SEGMENTS, cause, scope, value++);
		take_counter(WIRE_COUNTER_UNATTRIBUTED, cause, 0, value++);
	}
	take_counter(WIRE_COUNTER_FAILURES, 0, 0, value++);
	take_counter(WIRE_COUNTER_FAILURES, 16, 0, value++);
	take_counter(WIRE_COUNTER_FAILURES, 524, 0, value++);
	for (uint32_t program = 0; program < WIRE_PROGRAMS; program++)
		take_counter(WIRE_COUNTER_MISSED, program, 0, value++);
	take_counter(WIRE_COUNTER_DEFERRED, 0, 0, value++);
	take_counter(WIRE_COUNTER_KERNEL_RETRANS_SEGS, 0, 0, value++);
	take_counter(WIRE_COUNTER_KERNEL_OUT_SEGS, 0, 0, UINT64_MAX);
	take_counter(WIRE_COUNTER_RING_SIZE, 0, 0, 4194304);
	take_counter(WIRE_COUNTER_RING_USED, 0, 0, 104);
	take_counter(WIRE_COUNTER_DEFERRALS, 0, 0, value++);
	for (uint32_t reason = 0; reason < WIRE_REFUSALS; reason++)
		take_counter(WIRE_COUNTER_PEERS_REFUSED, reason, 0, value++);
	for (uint32_t direction = 0; direction < WIRE_RESETS; direction++) {
		for (uint32_t scope = 0; scope < WIRE_SCOPES; scope++)
			take_counter(WIRE_COUNTER_RESETS, direction, scope, value++);
		take_counter(WIRE_COUNTER_RESETS_UNATTRIBUTED, direction, 0, value++);
	}
	take_counter(WIRE_COUNTER_RESETS_WITHOUT_CONNECTION, 0, 0, value++);
	take_counter(WIRE_COUNTER_KERNEL_OUT_RSTS, 0, 0, value++);
	take_counter(WIRE_COUNTER_CONNECTIONS_UNATTRIBUTED, 0, 0, value++);
	take_counter(WIRE_COUNTER_MEMORY, 0, 0, 3145728);
	take_counter(WIRE_COUNTER_CPU_NS, 0, 0, 1250000000);
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1 << 20);
	size_t n;

	cr_assert_not_null(file, "%s", path);
	n = fread(text, 1, (1 << 20) - 1, file);
	cr_assert_gt(n, 0);
	fclose(file);
	return text;
}

/* Compares the texts, one after the other, with a file. Returns their total size. */
size_t check(const struct text *texts, int count, const char *path)
{
	struct text all;
	char *wanted;
	size_t size;

	text_init(&all, TEXT_PLAIN, 0);
	for (int i = 0; i < count; i++) {
		cr_assert_not(texts[i].failed);
		text_append(&all, texts[i].data, texts[i].length);
	}
	size = all.length;
	if (getenv("GOLDEN_UPDATE")) {
		FILE *file = fopen(path, "w");

		fwrite(all.data, 1, size, file);
		fclose(file);
	}
	wanted = read_file(path);
	cr_assert(strlen(wanted) == size && memcmp(wanted, all.data, size) == 0,
		"the text differs from %s:\n%.*s", path, (int)size, all.data);
	free(wanted);
	text_deinit(&all);
	return size;
}

void end(void)
{
	table_free(stream.sinks.table);
	ledger_free(stream.sinks.ledger);
	cgroups_free(stream.sinks.cgroups);
	processes_free(stream.sinks.processes);
	names_free(stream.sinks.names);
	histograms_deinit(&histograms);
	stream_deinit(&stream);
}
