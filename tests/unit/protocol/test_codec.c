/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests valid records: the vectors, the functions that make records, and the limits of fields. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "support/wire_record.h"

TestSuite(codec, .disabled = !WIRE_VECTORS_FIT_HOST);

static const uint8_t instance[16] = {VECTOR_INSTANCE};

static void assert_valid(const uint8_t vector[static WIRE_RECORD_SIZE], const char *name)
{
	union wire_record record = record_of(vector);

	cr_assert_eq(check_record(&record), WIRE_OK, "%s", name);
}

static void assert_bytes(
	const union wire_record *record, const uint8_t vector[static WIRE_RECORD_SIZE])
{
	for (size_t i = 0; i < WIRE_RECORD_SIZE; i++)
		cr_assert_eq(record->bytes[i], vector[i], "byte %zu", i);
	cr_assert_eq(check_record(record), WIRE_OK);
}

/* Returns a record of set bytes. The functions must overwrite all of them. */
static union wire_record record_of_set_bytes(void)
{
	union wire_record record;

	memset(&record, 0x5a, sizeof(record));
	return record;
}

Test(codec, vectors_are_valid)
{
	assert_valid(vector_resume, "resume");
	assert_valid(vector_resume_first, "resume, first");
	assert_valid(vector_hello, "hello");
	assert_valid(vector_event_v4, "event, IPv4");
	assert_valid(vector_event_v6, "event, IPv6");
	assert_valid(vector_event_sent, "event, none");
	assert_valid(vector_counter, "counter");
	assert_valid(vector_ack, "ack");
	assert_valid(vector_busy, "busy");
	assert_valid(vector_name, "name");
	assert_valid(vector_process, "process");
}

/*
 * The seeds in tests/fuzz/seeds/codec must follow the layout. The fuzzer needs valid packets to
 * start.
 */
Test(codec, seeds_are_the_vectors)
{
	static const struct {
		const char *name;
		const uint8_t *vector;
	} seeds[] = {{"resume", vector_resume}, {"resume-first", vector_resume_first},
		{"hello", vector_hello}, {"event-v4", vector_event_v4},
		{"event-v6", vector_event_v6}, {"event-sent", vector_event_sent},
		{"counter", vector_counter}, {"ack", vector_ack}, {"busy", vector_busy},
		{"name", vector_name}, {"process", vector_process}};

	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		char path[512];
		uint8_t bytes[WIRE_RECORD_SIZE + 1];
		FILE *file;

		snprintf(path, sizeof(path), FUZZ_SEEDS "/codec/%s", seeds[i].name);
		file = fopen(path, "r");
		cr_assert_not_null(file, "%s", path);
		cr_assert_eq(fread(bytes, 1, sizeof(bytes), file), WIRE_RECORD_SIZE);
		fclose(file);
		cr_assert_arr_eq(bytes, seeds[i].vector, WIRE_RECORD_SIZE, "%s", path);
	}
}

Test(codec, makes_resume)
{
	static const uint8_t none[16];
	union wire_record record = record_of_set_bytes();

	wire_resume_init(&record, instance, 208);
	assert_bytes(&record, vector_resume);
	wire_resume_init(&record, none, 0);
	assert_bytes(&record, vector_resume_first);
}

Test(codec, makes_hello)
{
	union wire_record record = record_of_set_bytes();

	wire_hello_init(&record, instance, "0.1.0");
	record.hello.position = 312;
	record.hello.clock_offset_ns = INT64_C(-0x0706050403020101);
	record.hello.attached_ns = UINT64_C(0x7877767574737271);
	record.hello.host_netns = 0x84838281;
	assert_bytes(&record, vector_hello);
}

Test(codec, cuts_a_long_version)
{
	union wire_record record = record_of_set_bytes();

	wire_hello_init(&record, instance, "0123456789012345678901234567890123456789");
	cr_assert_str_eq(record.hello.software, "0123456789012345678901234567890");
	cr_assert_eq(check_record(&record), WIRE_OK);
	wire_hello_init(&record, instance, "");
	cr_assert_str_eq(record.hello.software, "");
	cr_assert_eq(check_record(&record), WIRE_OK);
}

Test(codec, makes_counter)
{
	union wire_record record = record_of_set_bytes();

	wire_counter_init(&record, WIRE_COUNTER_SEGMENTS, WIRE_CAUSE_SLOW_START, WIRE_SCOPE_OTHER,
		UINT64_C(0xe8e7e6e5e4e3e2e1));
	assert_bytes(&record, vector_counter);
}

Test(codec, makes_ack_and_busy)
{
	union wire_record record = record_of_set_bytes();

	wire_ack_init(&record, UINT64_C(0x3233343536373839));
	assert_bytes(&record, vector_ack);
	record = record_of_set_bytes();
	wire_busy_init(&record);
	assert_bytes(&record, vector_busy);
}

Test(codec, makes_process)
{
	union wire_record record = record_of_set_bytes();

	wire_process_init(&record, 2047, UINT64_C(0x4847464544434241), "postgres");
	assert_bytes(&record, vector_process);
	wire_process_init(&record, 0, 1, "0123456789abcdef");
	cr_assert_str_eq(record.process.name, "0123456789abcde");
	cr_assert_eq(check_record(&record), WIRE_OK);
}

Test(codec, accepts_an_event_as_bpf_fills_it)
{
	union wire_record record = {.event = {.type = WIRE_EVENT,
					    .ip_version = 4,
					    .cause = WIRE_CAUSE_FAST,
					    .tcp_state = 1,
					    .role = WIRE_ROLE_SERVER,
					    .flags = WIRE_EVENT_FIRST,
					    .position = 104,
					    .boot_ns = UINT64_C(0x1817161514131211),
					    .local_addr = {[10] = 255, 255, 192, 0, 2, 1},
					    .remote_addr = {[10] = 255, 255, 198, 51, 100, 7},
					    .local_port = 443,
					    .remote_port = 12345,
					    .segments = 0x24232221,
					    .bytes = UINT64_C(0x3837363534333231),
					    .cgroup_id = UINT64_C(0x4847464544434241),
					    .segments_sent = 0x54535251,
					    .srtt_us = 0x64636261,
					    .netns = 0x94939291,
					    .resets_sent = 0x9695,
					    .resets_received = 0x9897,
					    .stall_us = UINT64_C(0xb8b7b6b5b4b3b2b1),
					    .timers = 0xc4c3c2c1,
					    .uid = 0xe4e3e2e1,
					    .process = 0xf4f3f2f1}};

	assert_bytes(&record, vector_event_v4);
}

/* With `value` at `offset`, the record is accepted and the named field has the value. */
#define ASSERT_HOLDS(vector, record, field, offset, value)                                         \
	do {                                                                                       \
		union wire_record r_ =                                                             \
			record_with(vector, offset, sizeof(r_.record.field), (uint64_t)(value));   \
                                                                                                   \
		cr_assert_eq(check_record(&r_), WIRE_OK, #record "." #field " = " #value);         \
		cr_assert_eq(r_.record.field, (value), #record "." #field " = " #value);           \
	} while (0)

#define ASSERT_LIMITS(vector, record, field, offset, min, max)                                     \
	do {                                                                                       \
		ASSERT_HOLDS(vector, record, field, offset, min);                                  \
		ASSERT_HOLDS(vector, record, field, offset, max);                                  \
	} while (0)

Test(codec, event_limits)
{
	ASSERT_LIMITS(vector_event_v4, event, cause, 2, 1, 7);
	ASSERT_LIMITS(vector_event_sent, event, cause, 2, 0, 0);
	ASSERT_LIMITS(vector_event_v4, event, tcp_state, 3, 1, 12);
	ASSERT_LIMITS(vector_event_v4, event, role, 4, 1, 2);
	ASSERT_LIMITS(vector_event_v4, event, flags, 5, 0, 1);
	ASSERT_LIMITS(vector_event_sent, event, flags, 5, 2, 2);
	ASSERT_LIMITS(vector_event_sent, event, timed_out, 6, 0, 3);
	ASSERT_LIMITS(vector_event_v4, event, position, 8, 1, UINT64_MAX);
	ASSERT_LIMITS(vector_event_v4, event, boot_ns, 16, 0, UINT64_MAX);
	ASSERT_LIMITS(vector_event_v4, event, local_port, 56, 0, UINT16_MAX);
	ASSERT_LIMITS(vector_event_v4, event, remote_port, 58, 0, UINT16_MAX);
	ASSERT_LIMITS(vector_event_v4, event, segments, 60, 1, UINT32_MAX);
	ASSERT_LIMITS(vector_event_sent, event, segments, 60, 0, 0);
	ASSERT_LIMITS(vector_event_v4, event, bytes, 64, 0, UINT64_MAX);
	ASSERT_LIMITS(vector_event_v4, event, cgroup_id, 72, 0, UINT64_MAX);
	ASSERT_LIMITS(vector_event_v4, event, segments_sent, 80, 0, UINT32_MAX);
	ASSERT_LIMITS(vector_event_v4, event, srtt_us, 84, 0, UINT32_MAX);
	ASSERT_LIMITS(vector_event_v4, event, netns, 88, 0, UINT32_MAX);
	ASSERT_LIMITS(vector_event_v4, event, resets_sent, 92, 0, UINT16_MAX);
	ASSERT_LIMITS(vector_event_v4, event, resets_received, 94, 0, UINT16_MAX);
	ASSERT_LIMITS(vector_event_v4, event, stall_us, 96, 1, UINT64_MAX);
	ASSERT_LIMITS(vector_event_v6, event, stall_us, 96, 0, 0);
	ASSERT_LIMITS(vector_event_v4, event, timers, 104, 1, UINT32_MAX);
	ASSERT_LIMITS(vector_event_v6, event, timers, 104, 0, 0);
	ASSERT_LIMITS(vector_event_sent, event, segments_received, 108, 0, UINT32_MAX);
	ASSERT_LIMITS(vector_event_sent, event, segments_out_of_order, 112, 0, UINT32_MAX);
	ASSERT_LIMITS(vector_event_sent, event, segments_spurious, 116, 0, UINT32_MAX);
	ASSERT_LIMITS(vector_event_v4, event, uid, 120, 0, UINT32_MAX);
	ASSERT_LIMITS(vector_event_v4, event, process, 124, 0, UINT32_MAX);
}

/* Sets both addresses to the limits of their IP version, and next to ::ffff:0:0/96. */
Test(codec, address_limits)
{
	static const size_t offsets[] = {24, 40};
	static const uint8_t near[][16] = {
		{0},
		{[10] = 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff},
		{[9] = 0x01, 0xff, 0xff, 0, 0, 0, 0},
		{[0] = 0x80, [10] = 0xff, 0xff, 192, 0, 2, 1},
		{255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
	};

	for (size_t i = 0; i < 2; i++) {
		union wire_record low = record_with(vector_event_v4, offsets[i] + 12, 4, 0);
		union wire_record high = record_with(vector_event_v4, offsets[i] + 12, 4, ~0ULL);

		cr_assert_eq(check_record(&low), WIRE_OK);
		cr_assert_eq(check_record(&high), WIRE_OK);
		for (size_t j = 0; j < sizeof(near) / sizeof(near[0]); j++) {
			union wire_record v6 = record_of(vector_event_v6);

			memcpy(v6.bytes + offsets[i], near[j], 16);
			cr_assert_eq(check_record(&v6), WIRE_OK, "address %zu", j);
		}
	}
}

Test(codec, hello_limits)
{
	ASSERT_LIMITS(vector_hello, hello, position, 32, 0, UINT64_MAX);
	ASSERT_LIMITS(vector_hello, hello, clock_offset_ns, 40, INT64_MIN, INT64_MAX);
	ASSERT_LIMITS(vector_hello, hello, attached_ns, 48, 0, UINT64_MAX);
	ASSERT_LIMITS(vector_hello, hello, host_netns, 56, 0, UINT32_MAX);
	ASSERT_LIMITS(vector_hello, hello, software[30], 94, 0, 0);
	ASSERT_LIMITS(vector_hello, hello, software[0], 64, ' ', '~');
	ASSERT_LIMITS(vector_hello, hello, instance[15], 31, 0, UINT8_MAX);
	ASSERT_LIMITS(vector_resume, hello, position, 32, 0, UINT64_MAX);
	ASSERT_LIMITS(vector_resume, hello, instance[0], 16, 0, UINT8_MAX);
}

Test(codec, counter_limits)
{
	static const struct {
		enum wire_counter_id id;
		uint32_t min, max, max_scope;
	} ranges[] = {{1, 1, 7, 1}, {2, 1, 7, 0}, {3, 0, 0, 0}, {4, 0, 4095, 0}, {5, 0, 6, 0},
		{6, 0, 0, 0}, {7, 0, 0, 0}, {8, 0, 0, 0}, {9, 0, 0, 0}, {10, 0, 0, 0},
		{11, 0, 3, 0}, {12, 0, 0, 0}, {13, 0, 0, 0}, {14, 0, 0, 0}, {15, 0, 1, 1},
		{16, 0, 0, 0}, {17, 0, 1, 0}, {18, 0, 0, 0}, {19, 0, 0, 0}};

	ASSERT_LIMITS(vector_counter, counter, value, 16, 0, UINT64_MAX);
	cr_assert_eq(sizeof(ranges) / sizeof(ranges[0]), WIRE_COUNTER_IDS - 1);
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		uint8_t low[WIRE_RECORD_SIZE], high[WIRE_RECORD_SIZE];
		union wire_record record;

		wire_counter_init(&record, ranges[i].id, ranges[i].min, 0, 1);
		memcpy(low, &record, sizeof(low));
		assert_valid(low, "least");
		wire_counter_init(&record, ranges[i].id, ranges[i].max, ranges[i].max_scope, 1);
		memcpy(high, &record, sizeof(high));
		assert_valid(high, "greatest");
		if (ranges[i].min > 0)
			cr_assert_eq(check_record((union wire_record[]){
					     record_with(low, 4, 4, ranges[i].min - 1)}),
				WIRE_E_ENUM);
		record = record_with(high, 4, 4, (uint64_t)ranges[i].max + 1);
		cr_assert_eq(check_record(&record), WIRE_E_ENUM, "label, id %d", ranges[i].id);
		record = record_with(high, 8, 4, (uint64_t)ranges[i].max_scope + 1);
		cr_assert_eq(check_record(&record), WIRE_E_ENUM, "scope, id %d", ranges[i].id);
		record = record_with(high, 4, 4, UINT32_MAX);
		cr_assert_eq(check_record(&record), WIRE_E_ENUM, "label, id %d", ranges[i].id);
	}
}

Test(codec, process_limits)
{
	ASSERT_LIMITS(vector_process, process, slot, 2, 0, WIRE_PROCESS_SLOTS - 1);
	ASSERT_LIMITS(vector_process, process, key, 8, 1, UINT64_MAX);
	ASSERT_LIMITS(vector_process, process, name[0], 16, 1, 127);
	ASSERT_LIMITS(vector_process, process, name[8], 24, 0, 127);
}

Test(codec, ack_limits)
{
	ASSERT_LIMITS(vector_ack, ack, position, 8, 0, UINT64_MAX);
}

Test(codec, accepts_acknowledgements_of_sent_records)
{
	cr_assert_eq(wire_ack_check(0, 0, 104, 0), WIRE_OK);
	cr_assert_eq(wire_ack_check(208, 520, 104, 208), WIRE_OK, "repeated");
	cr_assert_eq(wire_ack_check(208, 520, 104, 312), WIRE_OK, "one");
	cr_assert_eq(wire_ack_check(208, 520, 104, 520), WIRE_OK, "all");
	cr_assert_eq(wire_ack_check(1, UINT64_MAX, 2, UINT64_MAX), WIRE_OK);
}

Test(codec, refuses_wrong_acknowledgement)
{
	cr_assert_eq(wire_ack_check(208, 520, 104, 104), WIRE_E_POSITION, "back");
	cr_assert_eq(wire_ack_check(208, 520, 104, 0), WIRE_E_POSITION, "back to the start");
	cr_assert_eq(wire_ack_check(208, 520, 104, 624), WIRE_E_POSITION, "ahead");
	cr_assert_eq(wire_ack_check(208, 520, 104, 521), WIRE_E_POSITION, "one byte too far");
	cr_assert_eq(wire_ack_check(208, 520, 104, UINT64_MAX), WIRE_E_POSITION, "much too far");
	cr_assert_eq(wire_ack_check(208, 520, 104, 209), WIRE_E_POSITION, "between");
	cr_assert_eq(wire_ack_check(208, 520, 104, 519), WIRE_E_POSITION, "between");
	cr_assert_eq(wire_ack_check(0, 0, 104, 104), WIRE_E_POSITION, "nothing was sent");
	cr_assert_eq(wire_ack_check(208, 104, 104, 208), WIRE_E_POSITION,
		"fewer bytes sent than acknowledged");
}
