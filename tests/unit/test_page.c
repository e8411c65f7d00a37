/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Whole pages against files that a person has read: tests/unit/golden/. With GOLDEN_UPDATE set in
 * the environment the files are written instead; look at the difference before committing it.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter_events.h"
#include "page.h"

static const struct table_time now = {1700000000, 1000};

static const struct http_statistics http = {
	.responses_2xx = 5,
	.responses_4xx = 6,
	.responses_5xx = 7,
	.connections = 8,
	.shed = 9,
	.timed_out = 10,
	.accept_failures = 11,
	.current_connections = 12,
};

static struct grouping grouping;
static struct stream stream;
static struct rtt rtt;
static uint64_t position;

static void begin(
	unsigned labels, bool all_ports, unsigned prefix4, unsigned prefix6, uint32_t limit)
{
	struct stream_sinks sinks = {.grouping = &grouping, .rtt = &rtt};
	union wire_record record;

	grouping_init(&grouping, labels, all_ports, prefix4, prefix6);
	cr_assert_eq(table_new(&sinks.table, NULL, limit), 0);
	cr_assert_eq(ledger_new(&sinks.ledger, NULL), 0);
	cr_assert_eq(cgroups_new(&sinks.cgroups, NULL, sinks.table), 0);
	cr_assert_eq(rtt_init(&rtt, NULL), 0);
	cr_assert_eq(stream_init(&stream, NULL, &sinks), 0);
	stream_begin(&stream, &record);
	stream.past->statistics.connects = 13;
}

static void take(union wire_record record)
{
	enum wire_error error;

	cr_assert_eq(stream_take(&stream, &record, sizeof(record), now, &error), STREAM_GO_ON);
}

static void take_hello(void)
{
	union wire_record record;

	wire_hello_init(&record, (const uint8_t[16]){1}, "1.2.3");
	record.hello.attached_ns = 5000000000;
	record.hello.clock_offset_ns = 1699999990250000000;
	take(record);
}

static void take_event(struct wire_event event, uint32_t sent)
{
	event.position = position += 104;
	event.segments_sent = sent;
	event.bytes = 1448 * (uint64_t)event.segments;
	event.boot_ns = 10000000000 + position * 1000000;
	event.srtt_us = 97 * event.segments;
	event.flags = event.segments % 2 ? WIRE_EVENT_FIRST : 0;
	take((union wire_record){.event = event});
}

static void take_name(uint64_t cgroup_id, const char *path)
{
	union wire_record records[WIRE_NAME_RECORDS];
	size_t n = wire_name_init(records, cgroup_id, path);

	for (size_t i = 0; i < n; i++)
		take(records[i]);
}

static void take_counter(enum wire_counter_id id, uint32_t label, uint32_t scope, uint64_t value)
{
	union wire_record record;

	wire_counter_init(&record, id, label, scope, value);
	take(record);
}

/* Connections of both families and roles, all causes. */
static void take_events(void)
{
	struct wire_event server =
		event_make("192.0.2.1", 443, "203.0.113.200", 60999, WIRE_CAUSE_SYNACK, 2);
	struct wire_event quiet =
		event_make("192.0.2.1", 40003, "198.51.100.9", 5432, WIRE_CAUSE_NONE, 0);

	/* 4242 has no name. */
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
	take_event(quiet, 500);
	server.cause = WIRE_CAUSE_NONE;
	server.segments = 0;
	server.resets_received = 7;
	take_event(server, 0);
}

static void take_counters(void)
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

/* Compares the texts, one behind the other, with a file. Returns their size. */
static size_t check(const struct text *texts, int count, const char *path)
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
		"the page is not that of %s:\n%.*s", path, (int)size, all.data);
	free(wanted);
	text_deinit(&all);
	return size;
}

static void end(void)
{
	table_free(stream.sinks.table);
	ledger_free(stream.sinks.ledger);
	cgroups_free(stream.sinks.cgroups);
	rtt_deinit(&rtt);
	stream_deinit(&stream);
}

static void check_page(bool up, enum text_format format, bool created, const char *path)
{
	struct page page = {
		.stream = &stream,
		.http = &http,
		.process = {.cpu_ns = 12345678901,
			.start_ms = 1700000000123,
			.resident_bytes = 4194304,
			.virtual_bytes = 8388608,
			.open_fds = 12,
			.max_fds = 1024,
			.memory_known = true,
			.start_known = true,
			.open_fds_known = true},
		.version = "0.1.0",
		.collector_up = up,
		.created = created,
		.log_lines_lost = 14,
		.event_lines_lost = 15,
		.scrape_ns = up ? 1500000 : 0,
		.scrape_bytes = up ? 16000 : 0,
	};
	struct text parts[PAGE_PARTS];

	cr_assert_eq(page_write(parts, format, &page), 0);
	cr_assert_eq(check(parts, PAGE_PARTS, path), page_size(parts));
	page_deinit(parts);
}

/* The families by group alone. */
static void check_series(const char *path)
{
	struct series_source source = {.grouping = &grouping,
		.table = stream.sinks.table,
		.cgroups = stream.sinks.cgroups};
	struct text texts[SERIES_FAMILIES];

	for (int i = 0; i < SERIES_FAMILIES; i++)
		text_init(&texts[i], TEXT_PLAIN, 0);
	series_write(texts, &source);
	check(texts, SERIES_FAMILIES, path);
	for (int i = 0; i < SERIES_FAMILIES; i++)
		text_deinit(&texts[i]);
	end();
}

Test(page, without_a_collector)
{
	begin(GROUP_DEFAULT_LABELS, false, 32, 128, 10000);
	check_page(false, TEXT_PLAIN, false, GOLDEN "/page-empty.txt");
	end();
}

Test(page, full)
{
	begin(GROUP_DEFAULT_LABELS, false, 32, 128, 10000);
	take_hello();
	take_events();
	take_counters();
	check_page(true, TEXT_PLAIN, true, GOLDEN "/page-full.txt");
	check_page(true, TEXT_OPENMETRICS, false, GOLDEN "/page-full.om");
	end();
}

Test(page, extras_of_openmetrics)
{
	begin(GROUP_DEFAULT_LABELS, false, 32, 128, 3);
	rtt.exemplars = true;
	take_hello();
	take_events();
	check_page(true, TEXT_OPENMETRICS, true, GOLDEN "/page-extras.om");
	end();
}

Test(page, after_the_collector)
{
	begin(GROUP_DEFAULT_LABELS, false, 32, 128, 10000);
	take_hello();
	take_events();
	take_counters();
	stream_end(&stream);
	check_page(false, TEXT_PLAIN, false, GOLDEN "/page-after.txt");
	end();
}

Test(page, all_labels)
{
	begin((1U << GROUP_LABELS) - 1, true, 32, 128, 10000);
	take_hello();
	take_events();
	check_series(GOLDEN "/series-all-labels.txt");
}

Test(page, no_labels)
{
	begin(0, false, 32, 128, 10000);
	take_hello();
	take_events();
	check_series(GOLDEN "/series-no-labels.txt");
}

Test(page, networks)
{
	begin(1U << GROUP_DST_IP | 1U << GROUP_ROLE, false, 24, 48, 10000);
	take_hello();
	take_events();
	check_series(GOLDEN "/series-networks.txt");
}

Test(page, beyond_the_limit)
{
	begin(GROUP_DEFAULT_LABELS, false, 32, 128, 1);
	take_hello();
	take_events();
	check_series(GOLDEN "/series-other.txt");
}
