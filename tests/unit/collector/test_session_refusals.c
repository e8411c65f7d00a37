/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* An invalid packet from an exporter ends the session, and frees no record. */
#include <criterion/criterion.h>
#include <sys/socket.h>

#include "support/session_fixture.h"

TestSuite(session_refusals, .init = setup, .fini = teardown);

static void check_refused(enum session_end end, uint64_t acknowledged)
{
	cr_assert_eq(end, SESSION_PROTOCOL);
	cr_assert_eq(ring_acknowledged(&ring), acknowledged);
}

Test(session_refusals, resume_between_records)
{
	stream(5);
	begin_again();
	check_refused(say_resume(own, position_after(2) + 8), START);
	cr_assert(!session.streaming);
}

Test(session_refusals, resume_beyond_the_producer)
{
	stream(5);
	begin_again();
	check_refused(say_resume(own, position_after(6)), START);
	begin_again();
	check_refused(say_resume(own, UINT64_MAX), START);
}

/* A program may be writing at that position; see ring_read_furthest(). */
Test(session_refusals, resume_beyond_the_furthest_sent_record)
{
	stream(5);
	produce(6, 8);
	begin_again();
	check_refused(say_resume(own, position_after(6)), START);
	begin_again();
	resume(own, position_after(5), position_after(5));
}

Test(session_refusals, second_resume)
{
	stream(1);
	check_refused(say_resume(own, position_after(1)), START);
}

Test(session_refusals, ack_first)
{
	check_refused(say_ack(START), START);
}

Test(session_refusals, ack_of_an_earlier_position)
{
	stream(5);
	cr_assert_eq(say_ack(position_after(3)), SESSION_GOES_ON);
	check_refused(say_ack(position_after(2)), position_after(3));
}

Test(session_refusals, ack_of_zero)
{
	stream(5);
	check_refused(say_ack(0), START);
}

Test(session_refusals, ack_of_a_later_position)
{
	stream(5);
	check_refused(say_ack(position_after(6)), START);
}

/* An earlier session has read these records from the ring, but has not sent them to this
 * exporter. */
Test(session_refusals, ack_of_records_that_this_session_did_not_send)
{
	stream(5);
	begin_again();
	resume(none, 0, START);
	check_refused(say_ack(position_after(1)), START);
}

Test(session_refusals, ack_between_records)
{
	stream(5);
	check_refused(say_ack(position_after(2) + 1), START);
}

/* A sum that overflows 64 bits must not look like a valid position. */
Test(session_refusals, ack_of_the_largest_number)
{
	stream(5);
	check_refused(say_ack(UINT64_MAX), START);
}

Test(session_refusals, a_packet_that_is_no_record)
{
	static const size_t sizes[] = {1, 95, 97, 191, 192, 193, 4096, 100000};
	static union wire_record packet[100000 / WIRE_RECORD_SIZE + 1];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memset(packet, i % 2 ? 0xa5 : 0, sizeof(packet));
		wire_resume_init(packet, none, 0);
		say(packet, sizes[i]);
		check_refused(receive(), START);
		begin_again();
	}
}

/* Changes each byte of each valid packet in turn. */
Test(session_refusals, one_wrong_byte)
{
	for (size_t i = 0; i < WIRE_RECORD_SIZE; i++) {
		union wire_record r;

		/* The format has no limit for the instance and its position. The tests above
		 * cover these. */
		if (i >= offsetof(struct wire_hello, instance) &&
			i < offsetof(struct wire_hello, clock_offset_ns))
			continue;
		wire_resume_init(&r, own, START);
		r.bytes[i] ^= 0x40;
		say(&r, sizeof(r));
		check_refused(receive(), START);
		begin_again();
	}
}

Test(session_refusals, records_that_only_a_collector_sends)
{
	static const uint8_t types[] = {0, WIRE_HELLO, WIRE_EVENT, WIRE_COUNTER, WIRE_BUSY, 255};

	for (size_t i = 0; i < sizeof(types); i++) {
		union wire_record r = hello;

		r.type = types[i];
		say(&r, sizeof(r));
		check_refused(receive(), START);
		begin_again();
	}
}

/* recv(2) returns 0 both for an empty packet and at the end of the connection. */
Test(session_refusals, empty_packet)
{
	say("", 0);
	cr_assert_eq(receive(), SESSION_CLOSED);
}

/*
 * The session has read the packet from the ring, but the socket has not accepted it. So the
 * exporter may not acknowledge the packet.
 */
Test(session_refusals, ack_of_a_pending_packet)
{
	kernel_ring_fill(&kernel, 1);
	resume(none, 0, START);
	pump();
	cr_assert_gt(batch_left(&session.events), 0);
	check_refused(say_ack(session.sent + RING_STRIDE), START);
}
