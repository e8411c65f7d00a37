/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Refuses each kind of wrong packet. Flips each single bit in valid packets. */
#include <criterion/criterion.h>
#include <signal.h>

#include "support/wire_record.h"

TestSuite(refusals, .disabled = !WIRE_VECTORS_FIT_HOST);

static const uint8_t *const vectors[] = {vector_resume, vector_resume_first, vector_hello,
	vector_event_v4, vector_event_v6, vector_event_sent, vector_counter, vector_ack,
	vector_busy, vector_name, vector_process};
#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

static union wire_record packet[WIRE_PACKET_RECORDS + 1];

static void fill(size_t count, const uint8_t vector[static WIRE_RECORD_SIZE])
{
	for (size_t i = 0; i < count; i++)
		packet[i] = record_of(vector);
}

static enum wire_error check_packet(size_t count)
{
	return wire_packet_check(packet, count * WIRE_RECORD_SIZE, WIRE_FROM_COLLECTOR);
}

/*
 * Checks that `vector` is refused with the error `wanted`, if the `size` bytes at `offset` are
 * `value`.
 */
static void assert_refused(enum wire_error wanted, const uint8_t vector[static WIRE_RECORD_SIZE],
	size_t offset, size_t size, uint64_t value)
{
	union wire_record record = record_with(vector, offset, size, value);

	cr_assert_eq(wire_packet_check(&record, sizeof(record), sender_of(vector[0])), wanted,
		"type %d, offset %zu, value %#llx", vector[0], offset, (unsigned long long)value);
}

Test(refusals, length)
{
	static const size_t wrong[] = {0, 1, 8, 127, 129, 255, 257, WIRE_PACKET_SIZE - 1,
		WIRE_PACKET_SIZE + 1, WIRE_PACKET_SIZE + WIRE_RECORD_SIZE, SIZE_MAX, SIZE_MAX - 63};

	fill(WIRE_PACKET_RECORDS + 1, vector_counter);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		cr_assert_eq(wire_packet_check(packet, wrong[i], WIRE_FROM_COLLECTOR),
			WIRE_E_LENGTH, "%zu bytes", wrong[i]);
		cr_assert_eq(wire_packet_check(packet, wrong[i], WIRE_FROM_EXPORTER), WIRE_E_LENGTH,
			"%zu bytes", wrong[i]);
	}
	for (size_t count = 1; count <= WIRE_PACKET_RECORDS; count++)
		cr_assert_eq(check_packet(count), WIRE_OK, "%zu records", count);
	cr_assert_eq(check_packet(WIRE_PACKET_RECORDS + 1), WIRE_E_LENGTH);
}

Test(refusals, exporter_sends_one_record)
{
	fill(2, vector_ack);
	cr_assert_eq(
		wire_packet_check(packet, 2 * WIRE_RECORD_SIZE, WIRE_FROM_EXPORTER), WIRE_E_LENGTH);
}

Test(refusals, direction)
{
	for (size_t i = 0; i < VECTORS; i++) {
		union wire_record record = record_of(vectors[i]);
		enum wire_sender wrong = sender_of(record.type) == WIRE_FROM_EXPORTER
						 ? WIRE_FROM_COLLECTOR
						 : WIRE_FROM_EXPORTER;

		cr_assert_eq(wire_packet_check(&record, sizeof(record), wrong), WIRE_E_TYPE,
			"type %d", record.type);
	}
}

Test(refusals, type)
{
	for (unsigned type = 0; type <= UINT8_MAX; type++) {
		if (type >= WIRE_RESUME && type <= WIRE_PROCESS)
			continue;
		for (size_t i = 0; i < VECTORS; i++)
			assert_refused(WIRE_E_TYPE, vectors[i], 0, 1, type);
	}
}

Test(refusals, place)
{
	fill(3, vector_counter);
	packet[0] = record_of(vector_hello);
	cr_assert_eq(check_packet(3), WIRE_OK, "HELLO may be first");
	packet[1] = packet[0];
	cr_assert_eq(check_packet(3), WIRE_E_TYPE, "HELLO twice");
	packet[0] = packet[2];
	cr_assert_eq(check_packet(3), WIRE_E_TYPE, "HELLO after another record");
	packet[0] = record_of(vector_busy);
	packet[1] = packet[2];
	cr_assert_eq(check_packet(3), WIRE_E_TYPE, "BUSY with other records");
	packet[0] = packet[2];
	packet[2] = record_of(vector_busy);
	cr_assert_eq(check_packet(3), WIRE_E_TYPE, "BUSY at the end");
}

Test(refusals, greeting)
{
	static const uint8_t *const greetings[] = {
		vector_resume, vector_resume_first, vector_hello};

	for (size_t i = 0; i < 3; i++) {
		for (size_t byte = 8; byte < 16; byte++)
			assert_refused(WIRE_E_MAGIC, greetings[i], byte, 1, 0);
		assert_refused(WIRE_E_MAGIC, greetings[i], 8, 8, __builtin_bswap64(WIRE_MAGIC));
		for (unsigned version = 0; version <= UINT16_MAX; version++) {
			if (version != 4)
				assert_refused(WIRE_E_VERSION, greetings[i], 2, 2, version);
			if (version != 128)
				assert_refused(WIRE_E_RECORD_SIZE, greetings[i], 4, 2, version);
		}
	}
}

Test(refusals, reserved_bytes)
{
	static const struct {
		const uint8_t *vector;
		size_t from, to;
	} ranges[] = {{vector_resume, 1, 1}, {vector_resume, 6, 7}, {vector_resume, 40, 127},
		{vector_resume_first, 1, 1}, {vector_resume_first, 6, 7},
		{vector_resume_first, 40, 127}, {vector_hello, 1, 1}, {vector_hello, 6, 7},
		{vector_hello, 60, 63}, {vector_hello, 96, 127}, {vector_event_v4, 7, 7},
		{vector_event_v6, 7, 7}, {vector_counter, 1, 1}, {vector_counter, 12, 15},
		{vector_counter, 24, 127}, {vector_ack, 1, 7}, {vector_ack, 16, 127},
		{vector_busy, 1, 127}, {vector_name, 1, 1}, {vector_name, 6, 7},
		{vector_name, 43, 127}, {vector_process, 1, 1}, {vector_process, 4, 7},
		{vector_process, 32, 127}};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		for (size_t offset = ranges[i].from; offset <= ranges[i].to; offset++) {
			for (unsigned bit = 0; bit < 8; bit++)
				assert_refused(
					WIRE_E_RESERVED, ranges[i].vector, offset, 1, 1U << bit);
		}
	}
	for (unsigned flags = WIRE_EVENT_FLAGS + 1; flags <= UINT8_MAX; flags++)
		assert_refused(WIRE_E_RESERVED, vector_event_v4, 5, 1, flags);
}

Test(refusals, event_enumerations)
{
	for (unsigned value = 0; value <= UINT8_MAX; value++) {
		if (value != 4 && value != 6)
			assert_refused(WIRE_E_ENUM, vector_event_v4, 1, 1, value);
		if (value > WIRE_CAUSE_UNKNOWN)
			assert_refused(WIRE_E_ENUM, vector_event_v4, 2, 1, value);
		if (value < 1 || value > 12)
			assert_refused(WIRE_E_ENUM, vector_event_v4, 3, 1, value);
		if (value < 1 || value > 2)
			assert_refused(WIRE_E_ENUM, vector_event_v4, 4, 1, value);
		if (value >= WIRE_PHASES)
			assert_refused(WIRE_E_ENUM, vector_event_sent, 6, 1, value);
	}
}

/* test_codec.c tests each id's labels and scopes. */
Test(refusals, counter_ids)
{
	assert_refused(WIRE_E_ENUM, vector_counter, 2, 2, 0);
	for (unsigned id = WIRE_COUNTER_IDS; id <= UINT16_MAX; id++)
		assert_refused(WIRE_E_ENUM, vector_counter, 2, 2, id);
}

Test(refusals, contradictions)
{
	assert_refused(WIRE_E_VALUE, vector_event_v4, 8, 8, 0);   /* position */
	assert_refused(WIRE_E_VALUE, vector_event_v4, 60, 4, 0);  /* a cause without segments */
	assert_refused(WIRE_E_VALUE, vector_event_v4, 2, 1, 0);   /* segments without a cause */
	assert_refused(WIRE_E_VALUE, vector_event_sent, 2, 1, 7); /* a cause without segments */
	assert_refused(WIRE_E_VALUE, vector_event_sent, 5, 1, 3); /* first, without segments */
	assert_refused(WIRE_E_VALUE, vector_event_sent, 5, 1, 0); /* timed out, but not ended */
	assert_refused(WIRE_E_VALUE, vector_event_v4, 5, 1, 2);   /* ended, with segments */
	for (size_t field = 108; field < 120; field += 4)         /* received, with segments */
		assert_refused(WIRE_E_VALUE, vector_event_v4, field, 4, 1);
	assert_refused(WIRE_E_VALUE, vector_event_v4, 104, 4, 0); /* a stall without a timer */
	assert_refused(WIRE_E_VALUE, vector_event_v4, 96, 8, 0);  /* a timer without a stall */
	assert_refused(WIRE_E_VALUE, vector_event_v4, 1, 1, 6);   /* mapped, but IPv6 */
	assert_refused(WIRE_E_VALUE, vector_event_v6, 1, 1, 4);   /* not mapped, but IPv4 */
	for (size_t address = 24; address <= 40; address += 16) {
		union wire_record mapped = record_of(vector_event_v6);

		memcpy(mapped.bytes + address, vector_event_v4 + address, 16);
		cr_assert_eq(check_record(&mapped), WIRE_E_VALUE, "only one address is v4-mapped");
		for (size_t byte = 0; byte < 12; byte++)
			assert_refused(WIRE_E_VALUE, vector_event_v4, address + byte, 1, 1);
	}
	assert_refused(WIRE_E_VALUE, vector_resume_first, 32, 8, 104); /* no instance */
}

Test(refusals, hello_values)
{
	union wire_record record = record_of(vector_hello);

	memset(record.hello.instance, 0, sizeof(record.hello.instance));
	cr_assert_eq(check_record(&record), WIRE_E_VALUE, "no instance");
	memset(record.hello.instance, 1, sizeof(record.hello.instance));
	memset(record.hello.software, 'x', sizeof(record.hello.software));
	cr_assert_eq(check_record(&record), WIRE_E_VALUE, "the version has no final zero");
	for (size_t offset = 70; offset < 96; offset++)
		assert_refused(WIRE_E_VALUE, vector_hello, offset, 1, 'x'); /* after its zero */
	for (unsigned value = 0; value <= UINT8_MAX; value++) {
		if (value < ' ' || value > '~')
			assert_refused(WIRE_E_VALUE, vector_hello, 65, 1, value);
	}
}

Test(refusals, process_values)
{
	for (unsigned slot = WIRE_PROCESS_SLOTS; slot <= UINT16_MAX; slot++)
		assert_refused(WIRE_E_VALUE, vector_process, 2, 2, slot);
	assert_refused(WIRE_E_VALUE, vector_process, 8, 8, 0);
	assert_refused(WIRE_E_VALUE, vector_process, 16, 8, 0); /* no name */
	assert_refused(WIRE_E_VALUE, vector_process, 20, 1, 0); /* more after its end */
	for (size_t offset = 25; offset < 32; offset++)
		assert_refused(WIRE_E_VALUE, vector_process, offset, 1, 'x');
	assert_refused(WIRE_E_VALUE, vector_process, 24, 8, UINT64_MAX); /* not ended */
}

Test(refusals, positions_grow_within_a_packet)
{
	fill(WIRE_PACKET_RECORDS, vector_counter);
	packet[0] = record_of(vector_event_v4);
	packet[2] = record_with(vector_event_v4, 8, 8, 208);
	cr_assert_eq(check_packet(3), WIRE_OK);
	packet[2] = record_with(vector_event_v4, 8, 8, 104);
	cr_assert_eq(check_packet(3), WIRE_E_VALUE, "repeated");
	packet[2] = record_with(vector_event_v4, 8, 8, 103);
	cr_assert_eq(check_packet(3), WIRE_E_VALUE, "back");
}

Test(refusals, reports_the_first_mistake)
{
	fill(WIRE_PACKET_RECORDS, vector_counter);
	packet[255] = record_with(vector_event_v4, 3, 1, 13);
	cr_assert_eq(check_packet(255), WIRE_OK);
	cr_assert_eq(check_packet(256), WIRE_E_ENUM);
	packet[254] = record_with(vector_event_v4, 7, 1, 1);
	cr_assert_eq(check_packet(256), WIRE_E_RESERVED);
}

/* Unaligned memory would be a bug of the program, not of the peer. */
Test(refusals, unaligned, .signal = SIGILL)
{
	wire_packet_check((const uint8_t *)packet + 4, WIRE_RECORD_SIZE, WIRE_FROM_COLLECTOR);
}

/* Every field by its name. Addresses and strings are words. Reserved bytes are omitted. */
struct fields {
	uint64_t words[23];
};

static uint64_t word_of(const void *bytes, size_t index)
{
	uint64_t word;

	memcpy(&word, (const uint8_t *)bytes + 8 * index, sizeof(word));
	return word;
}

static struct fields fields_of(const union wire_record *r)
{
	const struct wire_event *e = &r->event;
	const struct wire_hello *h = &r->hello;

	switch (r->type) {
	case WIRE_RESUME:
	case WIRE_HELLO:
		return (struct fields){{r->type, h->version, h->record_size, h->magic,
			word_of(h->instance, 0), word_of(h->instance, 1), h->position,
			(uint64_t)h->clock_offset_ns, h->attached_ns, h->host_netns,
			word_of(h->software, 0), word_of(h->software, 1), word_of(h->software, 2),
			word_of(h->software, 3)}};
	case WIRE_EVENT:
		return (struct fields){{r->type, e->ip_version, e->cause, e->tcp_state, e->role,
			e->flags, e->position, e->boot_ns, word_of(e->local_addr, 0),
			word_of(e->local_addr, 1), word_of(e->remote_addr, 0),
			word_of(e->remote_addr, 1), e->local_port | (uint64_t)e->remote_port << 16,
			e->segments | (uint64_t)e->segments_sent << 32, e->bytes, e->cgroup_id,
			e->srtt_us | (uint64_t)e->netns << 32,
			e->resets_sent | (uint64_t)e->resets_received << 16,
			e->timed_out | (uint64_t)e->timers << 32, e->stall_us,
			e->segments_received | (uint64_t)e->segments_out_of_order << 32,
			e->segments_spurious | (uint64_t)e->uid << 32, e->process}};
	case WIRE_PROCESS:
		return (struct fields){{r->type, r->process.slot, r->process.key,
			word_of(r->process.name, 0), word_of(r->process.name, 1)}};
	case WIRE_COUNTER:
		return (struct fields){{r->type, r->counter.id, r->counter.label, r->counter.scope,
			r->counter.value}};
	case WIRE_NAME:
		return (struct fields){{r->type, r->name.length, r->name.offset, r->name.cgroup_id,
			word_of(r->name.part, 0), word_of(r->name.part, 1),
			word_of(r->name.part, 2), word_of(r->name.part, 3),
			word_of(r->name.part, 4), word_of(r->name.part, 5),
			word_of(r->name.part, 6), word_of(r->name.part, 7),
			word_of(r->name.part, 8), word_of(r->name.part, 9)}};
	default:
		return (struct fields){{r->type, r->ack.position}};
	}
}

/* Returns the number of bits in which the fields differ. */
static int distance(const struct fields *a, const struct fields *b)
{
	int bits = 0;

	for (size_t i = 0; i < sizeof(a->words) / sizeof(a->words[0]); i++)
		bits += __builtin_popcountll(a->words[i] ^ b->words[i]);
	return bits;
}

/* A bit either has a meaning, or a record with that bit set is refused. */
Test(refusals, flipped_bits)
{
	size_t accepted = 0;

	for (size_t i = 0; i < VECTORS; i++) {
		union wire_record right = record_of(vectors[i]);
		struct fields wanted = fields_of(&right);

		for (size_t bit = 0; bit < 8 * WIRE_RECORD_SIZE; bit++) {
			union wire_record wrong = right;
			struct fields found;

			wrong.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
			if (check_record(&wrong) != WIRE_OK)
				continue;
			found = fields_of(&wrong);
			cr_assert_eq(distance(&wanted, &found), 1, "vector %zu, bit %zu", i, bit);
			accepted++;
		}
	}
	cr_assert_gt(accepted, VECTORS,
		"no record with a flipped bit was accepted, so nothing was compared");
}
