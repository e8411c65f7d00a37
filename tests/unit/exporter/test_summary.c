/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Compares whole summaries with files. tests/shipped/docs/api.py compares these files with
 * docs/api.md.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "counts/top.h"
#include "support/exporter_events.h"
#include "support/stream_fixture.h"
#include "ui/summary.h"

/* docs/api.md has the same number. */
#define SUMMARY_BYTES (120 << 10)

static struct audit audit;
static struct history *history;

static void write(struct text *text, bool up)
{
	const struct summary summary = {
		.stream = &stream,
		.history = history,
		.audit = &audit,
		/* In this test the summary has these values only while a collector is connected. */
		.process = {.start_ms = 1700000000123,
			.start_known = up,
			.resident_bytes = 4194304,
			.memory_known = up},
		.version = "0.1.0",
		.collector_state = up ? "collector: connected" : "collector: \"gone\"",
		.collector_up = up,
		.real_ms = 1700000060500,
		.monotonic_ms = 1020250,
	};

	text_init(text, TEXT_PLAIN, 0);
	cr_assert_eq(summary_write(text, &summary), 0);
}

static void check_summary(bool up, const char *path)
{
	struct text text;

	write(&text, up);
	check(&text, 1, path);
	text_deinit(&text);
}

/* Takes three samples. Between them a late packet arrives, with 7 fast segments and 9 others. */
static void take_samples(void)
{
	union wire_record record;

	cr_assert_eq(history_new(&history), 0);
	history_take(history, stream.sinks.ledger, 1000000);
	wire_counter_init(&record, WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_FAST, WIRE_SCOPE_HOST, 1019);
	ledger_take(stream.sinks.ledger, &record.counter);
	wire_counter_init(&record, WIRE_COUNTER_KERNEL_RETRANS_SEGS, 0, 0, 1041);
	ledger_take(stream.sinks.ledger, &record.counter);
	wire_counter_init(&record, WIRE_COUNTER_RESETS, WIRE_RESET_SENT, WIRE_SCOPE_HOST, 1100);
	ledger_take(stream.sinks.ledger, &record.counter);
	history_take(history, stream.sinks.ledger, 1005001);
	wire_counter_init(&record, WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_SYN, WIRE_SCOPE_OTHER, 1010);
	ledger_take(stream.sinks.ledger, &record.counter);
	history_take(history, stream.sinks.ledger, 1020000);
}

static void sample(uint32_t monotonic_s)
{
	stream.past->counts.records[WIRE_COUNTER]++;
	audit_compare(&audit, &stream, (struct table_time){1700000000, monotonic_s});
}

static void finish(void)
{
	history_free(history);
	history = NULL;
	end();
}

Test(summary, without_a_collector)
{
	begin(GROUP_DEFAULT_LABELS, false, 32, 128, 10000);
	cr_assert_eq(history_new(&history), 0);
	check_summary(false, GOLDEN "/summary-empty.json");
	finish();
}

/* Makes a collector that has sent each kind of record. */
static void begin_full(void)
{
	begin(GROUP_DEFAULT_LABELS, false, 32, 128, 10000);
	take_hello();
	take_events();
	take_counters();
	sample(1000);
	take_samples();
}

Test(summary, full)
{
	begin_full();
	sample(1019);
	check_summary(true, GOLDEN "/summary-full.json");
	finish();
}

Test(summary, after_the_end_of_the_collector)
{
	begin_full();
	stream_end(&stream);
	sample(1019);
	check_summary(false, GOLDEN "/summary-after.json");
	finish();
}

Test(summary, other_labels)
{
	begin(1U << GROUP_CGROUP | 1U << GROUP_NETNS | 1U << GROUP_ROLE | 1U << GROUP_DST_IP, false,
		24, 48, 2);
	cr_assert_eq(history_new(&history), 0);
	take_hello();
	take_events();
	check_summary(true, GOLDEN "/summary-labels.json");
	finish();
}

/* Makes groups with all causes. Every character of their paths must be escaped. */
static void take_longest_events(uint32_t groups)
{
	for (uint32_t i = 1; i <= groups; i++) {
		char path[252];

		snprintf(path, sizeof(path), "/%u", i);
		memset(path + strlen(path), 1, sizeof(path) - strlen(path) - 1);
		path[sizeof(path) - 1] = '\0';
		take_name(i, path);
		for (enum wire_cause cause = WIRE_CAUSE_SYN; cause < WIRE_CAUSES; cause++) {
			struct wire_event event = event_make(
				"2001:db8:1111:2222:3333:4444:5555:6666", 40000,
				"2001:db8:1111:2222:3333:4444:5555:7777", 50000, cause, UINT32_MAX);

			event.cgroup_id = i;
			event.resets_sent = event.resets_received = UINT16_MAX;
			take_event(event, UINT32_MAX);
			event.cause = WIRE_CAUSE_NONE;
			event.segments = 0;
			event.segments_received = event.segments_out_of_order = UINT32_MAX;
			event.segments_spurious = UINT32_MAX;
			event.flags = WIRE_EVENT_ENDED;
			event.timed_out = WIRE_PHASE_CLOSING;
			take_event(event, UINT32_MAX);
		}
	}
}

/* Makes the longest possible summary: every number, label and list has its maximum length. */
Test(summary, has_a_maximum_size)
{
	struct text text;

	begin((1U << GROUP_LABELS) - 1, true, 32, 128, 10000);
	cr_assert_eq(history_new(&history), 0);
	take_hello();
	take_longest_events(TOP_GROUPS + 5);
	take_counters();
	for (uint64_t i = 0; i < HISTORY_SAMPLES; i++) {
		history_take(history, stream.sinks.ledger, 5000 * i);
		for (unsigned counter = 0; counter < HISTORY_COUNTERS; counter++)
			history->samples[i].counters[counter] = i * (UINT64_MAX / HISTORY_SAMPLES);
	}
	write(&text, true);
	cr_assert_lt(text.length, SUMMARY_BYTES);
	text_deinit(&text);
	finish();
}
