/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests what a collector may send. Nothing is counted twice. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "intake/stream.h"
#include "support/exporter_events.h"

static const struct table_time now = {1700000000, 1000};
static const uint8_t one[16] = {1}, two[16] = {2};

static struct grouping grouping;
static struct stream stream;
static struct histograms histograms;
static union wire_record resume;
static enum wire_error error;

static void setup(void)
{
	struct stream_sinks sinks = {.grouping = &grouping, .histograms = &histograms};

	grouping_init(&grouping, 1U << GROUP_CGROUP | 1U << GROUP_CAUSE, false, 32, 128);
	cr_assert_eq(table_new(&sinks.table, NULL, 100), 0);
	cr_assert_eq(ledger_new(&sinks.ledger, NULL), 0);
	cr_assert_eq(names_new(&sinks.names, NULL, sinks.table), 0);
	cr_assert_eq(cgroups_new(&sinks.cgroups, sinks.names, GROUP_NAME_LABELS), 0);
	cr_assert_eq(histograms_init(&histograms, NULL), 0);
	cr_assert_eq(stream_init(&stream, NULL, &sinks), 0);
	stream_begin(&stream, &resume);
}

static void teardown(void)
{
	table_free(stream.sinks.table);
	ledger_free(stream.sinks.ledger);
	cgroups_free(stream.sinks.cgroups);
	names_free(stream.sinks.names);
	histograms_deinit(&histograms);
	stream_deinit(&stream);
}

TestSuite(stream, .init = setup, .fini = teardown);

static union wire_record hello(const uint8_t instance[16], uint64_t position)
{
	union wire_record record;

	wire_hello_init(&record, instance, "1.2.3");
	record.hello.position = position;
	return record;
}

/* Makes an event of one segment. */
static union wire_record event(uint64_t position)
{
	union wire_record record = {
		.event = event_make("192.0.2.1", 40000, "192.0.2.2", 443, WIRE_CAUSE_FAST, 1)};

	record.event.position = position;
	return record;
}

static enum stream_verdict take(union wire_record record)
{
	return stream_take(&stream, &record, sizeof(record), now, &error);
}

static void reconnect(void)
{
	stream_end(&stream);
	stream_begin(&stream, &resume);
}

static uint64_t counted(void)
{
	const struct group *group;
	uint64_t sum = 0;
	uint32_t cursor = 0;

	while ((group = table_next(stream.sinks.table, &cursor)))
		sum += group->retransmitted[WIRE_CAUSE_FAST];
	return sum;
}

/* Returns the position to acknowledge, or 0 if there is no new position. */
static uint64_t acknowledge(void)
{
	union wire_record ack;

	if (!stream_acknowledge(&stream, &ack))
		return 0;
	cr_assert_eq(wire_packet_check(&ack, sizeof(ack), WIRE_FROM_EXPORTER), WIRE_OK);
	stream_acknowledged(&stream);
	return ack.ack.position;
}

Test(stream, starts_with_zeros)
{
	cr_assert_eq(wire_packet_check(&resume, sizeof(resume), WIRE_FROM_EXPORTER), WIRE_OK);
	cr_assert_eq(resume.hello.position, 0);
	cr_assert_eq(resume.hello.instance[0], 0);
}

Test(stream, counts_and_acknowledges)
{
	cr_assert_eq(take(hello(one, 1000)), STREAM_GO_ON);
	cr_assert_eq(acknowledge(), 0);
	take(event(1100));
	take(event(1200));
	cr_assert_eq(counted(), 2);
	cr_assert_eq(acknowledge(), 1200);
	cr_assert_eq(acknowledge(), 0);
	cr_assert_eq(stream.past->counts.records[WIRE_EVENT], 2);
	reconnect();
	cr_assert_eq(resume.hello.instance[0], 1);
	cr_assert_eq(resume.hello.position, 1200);
}

Test(stream, applies_a_full_packet)
{
	static union wire_record packet[WIRE_PACKET_RECORDS];

	packet[0] = hello(one, 0);
	for (uint64_t i = 1; i < WIRE_PACKET_RECORDS; i++)
		packet[i] = event(i * 104);
	cr_assert_eq(stream_take(&stream, packet, sizeof(packet), now, &error), STREAM_GO_ON);
	cr_assert_eq(counted(), WIRE_PACKET_RECORDS - 1);
	cr_assert_eq(acknowledge(), (WIRE_PACKET_RECORDS - 1) * 104);
}

Test(stream, skips_repeated_records)
{
	take(hello(one, 0));
	take(event(100));
	take(event(200));
	take(event(300));
	/* The acknowledgements were lost, so the collector repeats applied records. */
	reconnect();
	take(hello(one, 100));
	take(event(200));
	cr_assert_eq(counted(), 3);
	cr_assert_eq(stream.past->counts.duplicates, 1);
	/*
	 * Only records that this connection received are acknowledged. The collector does not know
	 * of others yet.
	 */
	cr_assert_eq(acknowledge(), 200);
	take(event(300));
	take(event(400));
	cr_assert_eq(counted(), 4);
	cr_assert_eq(stream.past->counts.duplicates, 2);
	cr_assert_eq(acknowledge(), 400);
	cr_assert_eq(stream.past->counts.gaps, 0);
}

Test(stream, a_gap_is_counted)
{
	take(hello(one, 0));
	take(event(100));
	reconnect();
	take(hello(one, 300));
	cr_assert_eq(stream.past->counts.gaps, 1);
	take(event(400));
	cr_assert_eq(counted(), 2);
	cr_assert_eq(stream.past->counts.restarts, 0);
}

Test(stream, another_instance_starts_from_zero)
{
	union wire_record segments;

	take(hello(one, 0));
	take(event(1000));
	wire_counter_init(&segments, WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_FAST, 0, 5);
	take(segments);
	reconnect();
	take(hello(two, 0));
	cr_assert_eq(stream.past->counts.restarts, 1);
	cr_assert_eq(stream.past->counts.gaps, 0);
	take(event(100));
	cr_assert_eq(counted(), 2);
	cr_assert_eq(stream.past->counts.duplicates, 0);
	take(segments);
	cr_assert_eq(
		ledger_value(stream.sinks.ledger, WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_FAST, 0), 10);
	reconnect();
	cr_assert_eq(resume.hello.instance[0], 2);
	cr_assert_eq(resume.hello.position, 100);
}

Test(stream, refuses_decreasing_positions)
{
	take(hello(one, 1000));
	take(event(2000));
	cr_assert_eq(take(event(2000)), STREAM_REFUSED);
	cr_assert_eq(error, WIRE_E_POSITION);
	cr_assert_eq(stream.past->counts.malformed[WIRE_E_POSITION], 1);
	cr_assert_eq(counted(), 1);
	reconnect();
	take(hello(one, 1000));
	cr_assert_eq(take(event(1000)), STREAM_REFUSED);
	cr_assert_eq(error, WIRE_E_POSITION);
}

Test(stream, hello_must_come_first_and_once)
{
	union wire_record counter;

	wire_counter_init(&counter, WIRE_COUNTER_DEFERRED, 0, 0, 1);
	cr_assert_eq(take(event(100)), STREAM_REFUSED);
	cr_assert_eq(error, WIRE_E_TYPE);
	cr_assert_eq(take(counter), STREAM_REFUSED);
	cr_assert_eq(counted(), 0);
	cr_assert_eq(take(hello(one, 0)), STREAM_GO_ON);
	cr_assert_eq(take(hello(one, 0)), STREAM_REFUSED);
	cr_assert_eq(stream.past->counts.malformed[WIRE_E_TYPE], 3);
}

Test(stream, busy_must_come_first)
{
	union wire_record busy;

	wire_busy_init(&busy);
	cr_assert_eq(take(busy), STREAM_BUSY);
	cr_assert_eq(stream.past->counts.records[WIRE_BUSY], 1);
	reconnect();
	take(hello(one, 0));
	cr_assert_eq(take(busy), STREAM_REFUSED);
	cr_assert_eq(error, WIRE_E_TYPE);
}

Test(stream, a_malformed_packet_changes_nothing)
{
	union wire_record packet[3] = {event(100), event(200), event(300)};

	take(hello(one, 0));
	packet[2].event.role = 9;
	cr_assert_eq(stream_take(&stream, packet, sizeof(packet), now, &error), STREAM_REFUSED);
	cr_assert_eq(error, WIRE_E_ENUM);
	cr_assert_eq(counted(), 0);
	cr_assert_eq(stream_take(&stream, packet, 95, now, &error), STREAM_REFUSED);
	cr_assert_eq(error, WIRE_E_LENGTH);
	cr_assert_eq(stream.past->applied, 0);
}

Test(stream, names_of_cgroups)
{
	union wire_record packet[WIRE_NAME_RECORDS + 1];
	const struct group *group;
	uint32_t cursor = 0;
	char path[WIRE_PATH_SIZE];
	size_t n;

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	path[0] = '/';
	take(hello(one, 0));
	n = wire_name_init(packet, 77, path);
	cr_assert_eq(n, WIRE_NAME_RECORDS);
	packet[n] = event(100);
	cr_assert_eq(
		stream_take(&stream, packet, (n + 1) * sizeof(*packet), now, &error), STREAM_GO_ON);
	cr_assert_eq(stream.past->counts.records[WIRE_NAME], n);
	group = table_next(stream.sinks.table, &cursor);
	cr_assert_str_eq(group_name(stream.sinks.names, &group->key, GROUP_CGROUP), path);
	/* A part of a name needs the part before it. */
	cr_assert_eq(take(packet[2]), STREAM_REFUSED);
	cr_assert_eq(error, WIRE_E_VALUE);
}

/* Records have random bytes in random places. Each packet is either applied or refused, and
 * counted. */
Test(stream, random_packets)
{
	uint64_t refused = 0, position = 0;
	uint8_t instance[16] = {1};

	srandom(96);
	take(hello(one, 0));
	for (int i = 0; i < 200000; i++) {
		union wire_record record = random() % 4 ? event(position += 104) : hello(two, 0);
		uint64_t sum = 0;

		for (long flips = random() % 3; flips > 0; flips--)
			record.bytes[random() % WIRE_RECORD_SIZE] = (uint8_t)random();
		if (take(record) != STREAM_GO_ON) {
			refused++;
			reconnect();
			/*
			 * Each packet has another instance. So a random position does not affect
			 * the next packet.
			 */
			memcpy(instance, &refused, sizeof(refused));
			take(hello(instance, position = 0));
		}
		for (int e = 0; e < WIRE_ERRORS; e++)
			sum += stream.past->counts.malformed[e];
		cr_assert_eq(sum + stream.past->counts.records[WIRE_BUSY], refused);
	}
	cr_assert_gt(refused, 1000);
	cr_assert_gt(counted(), 1000);
}

/* Returns the offset that is added to the time of an event. */
static int64_t offset(void)
{
	return stream.past->hello.clock_offset_ns;
}

Test(stream, event_times_follow_a_clock_that_is_set)
{
	const int64_t hour = INT64_C(3600000000000), real = INT64_C(1700000000000000000);
	union wire_record record = hello(one, 0);

	record.hello.clock_offset_ns = real;
	stream_clock(&stream, real + 5); /* a time namespace would differ by more */
	cr_assert_eq(take(record), STREAM_GO_ON);
	cr_assert_eq(offset(), real);
	stream_clock(&stream, real + 5 + hour);
	cr_assert_eq(offset(), real + hour);
	stream_clock(&stream, real + 5 - hour);
	cr_assert_eq(offset(), real - hour);
	stream_clock(&stream, real + 5 - hour);
	cr_assert_eq(offset(), real - hour);
}

Test(stream, a_new_hello_has_the_clock_of_its_moment)
{
	union wire_record record = hello(one, 0);

	record.hello.clock_offset_ns = 1000;
	stream_clock(&stream, 1000);
	take(record);
	reconnect();
	stream_clock(&stream, 5000);
	record.hello.clock_offset_ns = 5000;
	take(record);
	cr_assert_eq(offset(), 5000);
	stream_clock(&stream, 6000);
	cr_assert_eq(offset(), 6000);
}
