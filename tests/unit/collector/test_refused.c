/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A record that the protocol does not allow is not sent, and does not keep later records from the
 * exporter. What it reports is counted once.
 */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <sys/socket.h>

#include "refused.h"
#include "support/session_fixture.h"

static void setup_quietly(void)
{
	cr_redirect_stderr();
	setup();
}

TestSuite(refused, .init = setup_quietly, .fini = teardown);

static void spoil(uint32_t record, size_t offset, uint8_t value)
{
	kernel_ring_spoil(&kernel, position_after(record - 1), offset, value);
}

#define SPOIL(record, field, value) spoil(record, offsetof(struct wire_event, field), value)

Test(refused, does_not_block_the_records_after_it)
{
	resume(none, 0, START);
	produce(1, 4);
	SPOIL(1, tcp_state, 13);
	pump();
	take_exactly(2, 4);
	cr_assert_eq(refused_counts(&kernel.refused)->segments[WIRE_CAUSE_FAST], 1);
	cr_assert_eq(say_ack(position_after(4)), SESSION_GOES_ON);
	cr_assert(ring_is_taken(&ring));
}

Test(refused, is_no_record_to_wait_for_at_the_end)
{
	resume(none, 0, START);
	produce(1, 3);
	SPOIL(3, role, 0);
	pump();
	take_exactly(1, 2);
	cr_assert_eq(say_ack(position_after(2)), SESSION_GOES_ON);
	cr_assert(ring_is_taken(&ring), "the record that was not sent counts as sent");
}

/* Produces the records `first` to `last`, with values that the protocol does not allow. */
static void produce_spoilt(uint32_t first, uint32_t last)
{
	for (uint32_t i = first; i <= last; i++) {
		produce(i, i);
		SPOIL(i, role, 0);
	}
}

/* No acknowledgement frees the space of such records. */
Test(refused, do_not_fill_the_ring)
{
	uint32_t room = (uint32_t)(kernel.size / RING_STRIDE), last = 1;

	stream(1);
	cr_assert_eq(say_ack(position_after(1)), SESSION_GOES_ON);
	for (int times = 0; times < 3; times++) {
		produce_spoilt(last + 1, last + room);
		last += room;
		pump();
		cr_assert(ring_is_taken(&ring));
	}
	cr_assert_eq(say_ack(position_after(1)), SESSION_GOES_ON, "a repeated acknowledgement");
	produce(last + 1, last + 9);
	pump();
	take_exactly(last + 1, last + 9);
	cr_assert_eq(say_ack(position_after(last + 9)), SESSION_GOES_ON);
	cr_assert_eq(ring_used(&ring), 0);
}

/* Records before them that the exporter has not acknowledged are sent again. */
Test(refused, are_freed_with_the_records_before_them)
{
	resume(none, 0, START);
	produce(1, 2);
	produce_spoilt(3, 9);
	pump();
	take_exactly(1, 2);
	cr_assert_eq(say_ack(position_after(1)), SESSION_GOES_ON);
	cr_assert_eq(ring_used(&ring), 8 * RING_STRIDE);
	begin_again();
	resume(none, 0, position_after(1));
	pump();
	take_exactly(2, 2);
	cr_assert_eq(say_ack(position_after(2)), SESSION_GOES_ON);
	cr_assert_eq(ring_used(&ring), 0);
}

/* The exporter would count a gap if HELLO had a greater position than the last acknowledgement. */
Test(refused, leave_no_gap)
{
	struct ring next;

	stream(2);
	cr_assert_eq(say_ack(position_after(2)), SESSION_GOES_ON);
	produce_spoilt(3, 9);
	pump();
	begin_again();
	resume(own, position_after(2), position_after(2));
	cr_assert_eq(ring_init(&next, kernel.fd, kernel.size, &kernel.refused), 0);
	cr_assert_eq(ring_acknowledged(&next), position_after(2), "the next collector");
	ring_deinit(&next);
}

/* The exporter that connects again receives the records that nobody acknowledged. */
Test(refused, is_counted_once)
{
	resume(none, 0, START);
	produce(1, 5);
	SPOIL(2, reserved0, 1);
	SPOIL(3, flags, 0x80);
	for (int times = 0; times < 3; times++) {
		pump();
		cr_assert_eq(refused_counts(&kernel.refused)->segments[WIRE_CAUSE_FAST], 2 + 3);
		begin_again();
		resume(none, 0, START);
	}
}

/* The collector has ended after it changed the counts, and before they became valid. */
Test(refused, is_counted_again_if_its_count_is_not_valid)
{
	resume(none, 0, START);
	produce(1, 3);
	SPOIL(1, role, 0);
	SPOIL(2, role, 0);
	pump();
	kernel.refused.valid ^= 1;
	cr_assert_eq(refused_counts(&kernel.refused)->segments[WIRE_CAUSE_FAST], 1);
	begin_again();
	resume(none, 0, START);
	pump();
	cr_assert_eq(refused_counts(&kernel.refused)->segments[WIRE_CAUSE_FAST], 1 + 2);
}

static struct counters counted(void)
{
	struct counters c = {0};

	refused_add(&kernel.refused, &c);
	return c;
}

Test(refused, counts_all_that_the_record_reports)
{
	struct counters c;

	resume(none, 0, START);
	produce(1, 2);
	SPOIL(1, cause, WIRE_CAUSES);
	SPOIL(1, segments_sent, 30);
	SPOIL(1, resets_sent, 4);
	SPOIL(1, resets_received, 5);
	SPOIL(1, flags, WIRE_EVENT_ENDED);
	SPOIL(2, cause, WIRE_CAUSE_NONE);
	pump();
	c = counted();
	cr_assert_eq(c.unattributed[WIRE_CAUSE_UNKNOWN], 1 + 2);
	cr_assert_eq(c.sent_unattributed, 30);
	cr_assert_eq(c.resets_unattributed[WIRE_RESET_SENT], 4);
	cr_assert_eq(c.resets_unattributed[WIRE_RESET_RECEIVED], 5);
	cr_assert_eq(c.connections_unattributed, 1);
}

/* What an attacker may have written, and two records cannot have left. */
Test(refused, impossible_counts)
{
	struct refused r = {.valid = 1,
		.counts[1] = {.segments = {[WIRE_CAUSE_FAST] = 2 * (uint64_t)UINT32_MAX},
			.sent = 2 * (uint64_t)UINT32_MAX,
			.connections = 2,
			.resets = {2 * UINT16_MAX, 2 * UINT16_MAX}}};
	struct refused_counts *c = &r.counts[1];
	uint64_t *counts[] = {&c->segments[WIRE_CAUSE_NONE], &c->segments[WIRE_CAUSE_FAST],
		&c->sent, &c->connections, &c->resets[WIRE_RESET_SENT],
		&c->resets[WIRE_RESET_RECEIVED]};

	cr_assert(refused_is_possible(&r, 2));
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		uint64_t possible = *counts[i];

		*counts[i] = possible + 1;
		cr_assert_not(refused_is_possible(&r, 2), "count %zu", i);
		*counts[i] = UINT64_MAX;
		cr_assert_not(refused_is_possible(&r, 2), "count %zu", i);
		*counts[i] = possible;
	}
	cr_assert(refused_is_possible(&(struct refused){0}, 0));
	cr_assert_not(refused_is_possible(&(struct refused){.counts[0].resets = {0, 1}}, 0));
}

/* The programs make only events. In a packet of the collector, HELLO would start the stream again. */
Test(refused, another_type_is_not_sent)
{
	resume(none, 0, START);
	for (uint8_t type = 0; type < 12; type++) {
		produce(type + 1U, type + 1U);
		spoil(type + 1U, 0, type);
	}
	pump();
	cr_assert_eq(take_packet(WIRE_EVENT + 1), WIRE_EVENT + 2);
	cr_assert_eq(take_packet(0), 0);
}

Test(refused, every_record_that_the_exporter_would_refuse)
{
	uint32_t seed = 1;

	resume(none, 0, START);
	for (uint32_t i = 0; i < 5000; i++) {
		produce(i + 1, i + 1);
		seed = seed * 1664525 + 1013904223;
		spoil(i + 1, (seed >> 8) % WIRE_RECORD_SIZE, (uint8_t)(seed >> 24));
	}
	pump();
	/* take_packet() would check the number of segments, too */
	for (union wire_record packet[WIRE_PACKET_RECORDS];;) {
		ssize_t size = recv(peer, packet, sizeof(packet), 0);

		if (size < 0)
			break;
		cr_assert_eq(wire_packet_check(packet, (size_t)size, WIRE_FROM_COLLECTOR), WIRE_OK);
	}
}
