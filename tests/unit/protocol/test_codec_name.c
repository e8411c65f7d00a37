/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Tests NAME records, which have the path of a cgroup in parts: each part, and the order of parts
 * in a packet.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/wire_record.h"

#define PART 80
#define ID UINT64_C(0x4847464544434241) /* the cgroup id of the vectors */

TestSuite(codec_name, .disabled = !WIRE_VECTORS_FIT_HOST);

static union wire_record packet[WIRE_PACKET_RECORDS];

static enum wire_error check_packet(size_t count)
{
	return wire_packet_check(packet, count * WIRE_RECORD_SIZE, WIRE_FROM_COLLECTOR);
}

/* Returns a path of `length` bytes. Each byte differs from the byte before it. */
static const char *path_of(size_t length)
{
	static char path[1024];

	for (size_t i = 0; i < length; i++)
		path[i] = (char)('a' + i % 23);
	path[0] = '/';
	path[length] = '\0';
	return path;
}

/*
 * Writes the records of a path of `length` bytes at index `at`. Returns the next index.
 */
static size_t put(size_t at, uint64_t id, size_t length)
{
	memset(&packet[at], 0x5a, WIRE_NAME_RECORDS * sizeof(packet[0]));
	return at + wire_name_init(&packet[at], id, path_of(length));
}

Test(codec_name, makes_the_vectors)
{
	cr_assert_eq(wire_name_init(packet, ID, "/system.slice/nginx.service"), 1);
	cr_assert_arr_eq(packet[0].bytes, vector_name, sizeof(vector_name));
	cr_assert_eq(wire_name_init(packet, ID,
			     "/kubepods.slice/kubepods-pod0f1e2d3c.slice/"
			     "cri-containerd-0123456789abcdef0123456789abcdef.scope"),
		2);
	cr_assert_arr_eq(packet[0].bytes, vector_name_parts, sizeof(vector_name_parts));
	cr_assert_eq(check_packet(2), WIRE_OK);
}

/* Compares the seed in tests/fuzz/seeds/codec with the vector; see test_codec.c. */
Test(codec_name, seed_is_the_vector)
{
	uint8_t bytes[sizeof(vector_name_parts) + 1];
	FILE *file = fopen(FUZZ_SEEDS "/codec/name-parts", "r");

	cr_assert_not_null(file);
	cr_assert_eq(fread(bytes, 1, sizeof(bytes), file), sizeof(vector_name_parts));
	fclose(file);
	cr_assert_arr_eq(bytes, vector_name_parts, sizeof(vector_name_parts));
}

/*
 * A path of any length arrives complete. A path that is too long is cut, and its records stay
 * valid.
 */
Test(codec_name, every_length)
{
	for (size_t length = 1; length < 600; length++) {
		size_t kept = length < WIRE_PATH_SIZE ? length : WIRE_PATH_SIZE - 1, n, end = 0;
		char path[WIRE_NAME_RECORDS * PART + 1] = "";

		n = put(0, length, length);
		cr_assert_eq(n, (kept + PART - 1) / PART, "length %zu", length);
		cr_assert_leq(n, WIRE_NAME_RECORDS);
		cr_assert_eq(check_packet(n), WIRE_OK, "length %zu", length);
		for (size_t i = 0; i < n; i++) {
			cr_assert_eq(packet[i].name.cgroup_id, length);
			cr_assert_eq(packet[i].name.length, kept);
			cr_assert_eq(packet[i].name.offset, i * PART);
			memcpy(path + end, packet[i].name.part, PART);
			end += PART;
		}
		cr_assert_eq(strlen(path), kept);
		cr_assert_eq(strncmp(path, path_of(length), kept), 0);
	}
}

static void assert_refused(enum wire_error wanted, size_t offset, size_t size, uint64_t value)
{
	union wire_record record = record_with(vector_name, offset, size, value);

	cr_assert_eq(check_record(&record), wanted, "offset %zu, value %#llx", offset,
		(unsigned long long)value);
}

Test(codec_name, limits_of_the_fields)
{
	assert_refused(WIRE_OK, 8, 8, 1);
	assert_refused(WIRE_OK, 8, 8, UINT64_MAX);
	assert_refused(WIRE_E_VALUE, 8, 8, 0);
	assert_refused(WIRE_E_VALUE, 2, 2, 0);
	for (unsigned length = 1; length < 27; length++) /* the path is shorter */
		assert_refused(WIRE_E_RESERVED, 2, 2, length);
	for (unsigned length = 28; length <= UINT16_MAX; length++) /* the path is longer */
		assert_refused(WIRE_E_VALUE, 2, 2, length);
	for (unsigned offset = 1; offset <= UINT16_MAX; offset++)
		assert_refused(WIRE_E_VALUE, 4, 2, offset);
}

/* The receiver stores a path with a final zero in WIRE_PATH_SIZE bytes. */
Test(codec_name, fits_into_the_path_of_the_receiver)
{
	size_t n = put(0, ID, WIRE_PATH_SIZE - 1);

	for (size_t i = 0; i < n; i++)
		packet[i].name.length = WIRE_PATH_SIZE;
	packet[n - 1].name.part[(WIRE_PATH_SIZE - 1) % PART] = 'x';
	cr_assert_eq(check_packet(n), WIRE_E_VALUE);
}

/* A path starts with a slash. It may contain all bytes except two. */
Test(codec_name, bytes_of_the_path)
{
	for (unsigned value = 0; value <= UINT8_MAX; value++) {
		bool allowed = value != 0 && value != '\n';

		assert_refused(value == '/' ? WIRE_OK : WIRE_E_VALUE, 16, 1, value);
		for (size_t offset = 17; offset < 43; offset++)
			assert_refused(allowed ? WIRE_OK : WIRE_E_VALUE, offset, 1, value);
		for (size_t offset = 43; offset < 96; offset++)
			assert_refused(value ? WIRE_E_RESERVED : WIRE_OK, offset, 1, value);
	}
}

Test(codec_name, is_accepted_among_other_records)
{
	size_t n = put(1, 1, 255);

	packet[0] = record_of(vector_counter);
	n = put(n, 2, 80);
	packet[n++] = record_of(vector_event_v4);
	n = put(n, 3, 81);
	n = put(n, 3, 81);
	packet[n++] = record_of(vector_counter);
	cr_assert_eq(n, 12);
	cr_assert_eq(check_packet(n), WIRE_OK);
}

/* A part of a path is missing, appears twice, or follows another record. */
Test(codec_name, parts_follow_each_other)
{
	for (size_t i = 0; i < 4; i++) {
		size_t rest = 4 - i;

		put(0, 1, 255);
		memmove(&packet[i], &packet[i + 1], (rest - 1) * sizeof(packet[0]));
		cr_assert_eq(check_packet(3), WIRE_E_VALUE, "without part %zu", i);
		put(0, 1, 255);
		memmove(&packet[i + 1], &packet[i], rest * sizeof(packet[0]));
		cr_assert_eq(check_packet(5), WIRE_E_VALUE, "part %zu twice", i);
		packet[i] = record_of(vector_counter);
		cr_assert_eq(check_packet(5), i ? WIRE_E_VALUE : WIRE_OK,
			"a counter before part %zu", i);
		packet[i] = record_of(vector_event_v4);
		cr_assert_eq(
			check_packet(5), i ? WIRE_E_VALUE : WIRE_OK, "an event before part %zu", i);
		packet[i] = record_of(vector_name);
		cr_assert_eq(check_packet(5), i ? WIRE_E_VALUE : WIRE_OK,
			"another path before part %zu", i);
	}
}

/* A part continues the part before it only if both have the same path. */
Test(codec_name, parts_belong_together)
{
	put(0, 1, 240);
	packet[1].name.cgroup_id = 2;
	cr_assert_eq(check_packet(3), WIRE_E_VALUE, "another cgroup");
	put(0, 1, 240);
	packet[1].name.length = 239;
	cr_assert_eq(check_packet(3), WIRE_E_VALUE, "another length");
	put(0, 1, 240);
	put(4, 1, 240);
	packet[3] = packet[5];
	cr_assert_eq(check_packet(4), WIRE_E_VALUE, "a part after the last part");
	put(0, 1, 160);
	put(2, 2, 160);
	packet[4] = packet[1];
	packet[1] = packet[2];
	packet[2] = packet[4];
	cr_assert_eq(check_packet(4), WIRE_E_VALUE, "interleaved");
}

Test(codec_name, parts_are_in_one_packet)
{
	size_t n = 0;

	while (n < WIRE_PACKET_RECORDS - 1)
		packet[n++] = record_of(vector_counter);
	memcpy(&packet[n], vector_name_parts, WIRE_RECORD_SIZE);
	cr_assert_eq(check_packet(WIRE_PACKET_RECORDS), WIRE_E_VALUE, "first part at the end");
	memcpy(&packet[0], vector_name_parts + WIRE_RECORD_SIZE, WIRE_RECORD_SIZE);
	cr_assert_eq(check_packet(1), WIRE_E_VALUE, "last part at the start");
}

/* If the length is a multiple of a part's size, no empty part follows. */
Test(codec_name, no_part_after_the_end)
{
	cr_assert_eq(put(0, ID, PART), 1);
	cr_assert_eq(check_packet(1), WIRE_OK);
	packet[1] = packet[0];
	packet[1].name.offset = PART;
	memset(packet[1].name.part, 0, PART);
	cr_assert_eq(check_packet(2), WIRE_E_VALUE);
}

/* Parts arrive in any order. The receiver can assemble each accepted packet without further
 * checks. */
Test(codec_name, accepts_only_complete_paths)
{
	union wire_record parts[3 * WIRE_NAME_RECORDS];
	size_t accepted = 0, n = put(0, 1, 255);

	n = put(n, 1, 170);
	n = put(n, 2, 170);
	memcpy(parts, packet, sizeof(parts));
	srand(7);
	for (int round = 0; round < 300000; round++) {
		size_t count = 1 + (size_t)rand() % 4, next = 0, length = 0;

		for (size_t i = 0; i < count; i++)
			packet[i] = parts[(size_t)rand() % n];
		if (check_packet(count) != WIRE_OK)
			continue;
		for (size_t i = 0; i < count; i++) {
			const struct wire_name *name = &packet[i].name;

			cr_assert_eq(name->offset, next);
			cr_assert(next == 0 || name->length == length);
			cr_assert(next == 0 || name->cgroup_id == packet[i - 1].name.cgroup_id);
			length = name->length;
			next = next + PART < length ? next + PART : 0;
		}
		cr_assert_eq(next, 0, "the packet was accepted without the end of a path");
		accepted++;
	}
	cr_assert_gt(accepted, 50, "%zu", accepted);
}
