/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* No record is lost, repeated, or freed too early, whatever an exporter sends or leaves unread. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/session_fixture.h"

TestSuite(session, .init = setup, .fini = teardown);

Test(session, sends_nothing_before_resume)
{
	cr_assert_eq(receive(), SESSION_GOES_ON);
	cr_assert(!session.streaming);
}

Test(session, a_new_exporter_starts_at_the_last_acknowledgement)
{
	produce(1, 3);
	resume(none, 0, START);
	pump();
	take_exactly(1, 3);
	cr_assert_eq(ring_acknowledged(&ring), START, "sent records count as acknowledged");
}

Test(session, the_next_session_receives_unacknowledged_records)
{
	stream(5);
	cr_assert_eq(say_ack(position_after(2)), SESSION_GOES_ON);
	begin_again();
	resume(none, 0, position_after(2));
	pump();
	take_exactly(3, 5);
}

/* The exporter lost the connection after it applied records that it did not acknowledge. */
Test(session, resume_acknowledges)
{
	stream(5);
	begin_again();
	resume(own, position_after(4), position_after(4));
	cr_assert_eq(ring_acknowledged(&ring), position_after(4));
	pump();
	take_exactly(5, 5);
}

Test(session, resume_at_an_old_position_changes_nothing)
{
	stream(5);
	cr_assert_eq(say_ack(position_after(3)), SESSION_GOES_ON);
	begin_again();
	resume(own, position_after(1), position_after(3));
	pump();
	take_exactly(4, 5);
}

Test(session, ignores_the_position_of_another_instance)
{
	stream(2);
	begin_again();
	resume(foreign, UINT64_MAX, START);
	cr_assert_eq(ring_acknowledged(&ring), START);
	pump();
	take_exactly(1, 2);
}

Test(session, ack_frees)
{
	stream(5);
	cr_assert_eq(say_ack(position_after(2)), SESSION_GOES_ON);
	cr_assert_eq(ring_used(&ring), 3 * RING_STRIDE);
	cr_assert_eq(say_ack(position_after(2)), SESSION_GOES_ON,
		"a repeated acknowledgement was refused");
	cr_assert_eq(say_ack(position_after(5)), SESSION_GOES_ON);
	cr_assert_eq(ring_used(&ring), 0);
}

static void leave(void)
{
	close(peer);
	peer = -1;
}

Test(session, the_exporter_closes)
{
	stream(1);
	leave();
	cr_assert_eq(receive(), SESSION_CLOSED);
	produce(2, 2);
	cr_assert_eq(session_pump(&session, &ring), SESSION_CLOSED);
	cr_assert_eq(session_send_counters(&session, &hello, 1), -EPIPE);
}

/*
 * An exporter is killed before it has read all packets. Its acknowledgements must count, although
 * the kernel reports the reset first. Otherwise the next exporter would count their records twice.
 */
static void acknowledge_three_and_die(void)
{
	union wire_record r;

	stream(3);
	produce(4, 5);
	pump();
	wire_ack_init(&r, position_after(3));
	say(&r, sizeof(r));
	leave();
}

Test(session, accepts_acknowledgements_that_precede_a_reset)
{
	acknowledge_three_and_die();
	cr_assert_eq(receive(), SESSION_CLOSED);
	cr_assert_eq(ring_acknowledged(&ring), position_after(3));
}

Test(session, accepts_acknowledgements_that_precede_a_failed_send)
{
	acknowledge_three_and_die();
	produce(6, 6);
	cr_assert_eq(session_pump(&session, &ring), SESSION_CLOSED);
	cr_assert_eq(receive(), SESSION_CLOSED);
	cr_assert_eq(ring_acknowledged(&ring), position_after(3));
}

/* The collector reads the ring even during a flood of acknowledgements. */
Test(session, reads_a_limited_number_of_packets_at_once)
{
	union wire_record r;
	unsigned sent = 0, left = 0;

	resume(none, 0, START);
	wire_ack_init(&r, START);
	while (send(peer, &r, sizeof(r), 0) == sizeof(r))
		sent++;
	cr_assert_gt(sent, 100);
	cr_assert_eq(receive(), SESSION_GOES_ON);
	while (recv(session.fd, &r, sizeof(r), 0) == sizeof(r))
		left++;
	cr_assert_eq(sent - left, 64);
}

/*
 * An exporter that does not read does not block the collector. It receives each record once when it
 * reads again.
 */
Test(session, an_exporter_that_does_not_read_blocks_nothing)
{
	uint32_t produced = kernel_ring_fill(&kernel, 1), next = 1;

	resume(none, 0, START);
	pump();
	cr_assert(session.blocked);
	cr_assert_gt(batch_left(&session.events), 0);
	cr_assert_lt(session.sent, position_after(produced));
	cr_assert_eq(session_send_counters(&session, &hello, 1), -EAGAIN);
	for (int i = 0; i < 3; i++) { /* these calls change nothing */
		uint64_t sent = session.sent;

		pump();
		cr_assert(session.blocked);
		cr_assert_eq(session.sent, sent);
	}
	while (next <= produced) {
		next = take_packet(next);
		cr_assert_neq(next, 0);
		pump();
	}
	cr_assert(!session.blocked);
	cr_assert_eq(next, produced + 1);
	cr_assert_eq(session.sent, position_after(produced));
	cr_assert_eq(ring_acknowledged(&ring), START);
}

static void least_send_buffer(void)
{
	/* SOCK_MIN_SNDBUF in include/net/sock.h is the minimum on every host */
	cr_assert_eq(setsockopt(session.fd, SOL_SOCKET, SO_SNDBUF, &(int){1}, sizeof(int)), 0);
}

/* If a socket's buffer is smaller than a packet, the session sends smaller packets. */
Test(session, works_with_the_smallest_send_buffer)
{
	union wire_record counters[60], received[60];
	uint32_t next = 1;

	least_send_buffer();
	resume(none, 0, START);
	produce(1, 1000);
	for (pump(); next <= 1000; pump()) {
		uint32_t after = take_packet(next);

		cr_assert_gt(after, next);
		cr_assert_leq(after - next, 32);
		next = after;
	}
	cr_assert_eq(session.sent, position_after(1000));
	for (uint32_t i = 0; i < 60; i++)
		wire_counter_init(&counters[i], WIRE_COUNTER_FAILURES, i, 0, i);
	/* The second packet fits only after the first one has been read. */
	cr_assert_eq(session_send_counters(&session, counters, 60), -EAGAIN);
	cr_assert_eq(recv(peer, received, sizeof(received), 0), 32 * WIRE_RECORD_SIZE);
	cr_assert_eq(session_send_counters(&session, counters, 60), 0);
	cr_assert_eq(recv(peer, received, sizeof(received), 0), 28 * WIRE_RECORD_SIZE);
	cr_assert_eq(received[0].counter.label, 32);
	cr_assert_eq(session_send_counters(&session, counters, 1), 0);
	cr_assert_eq(recv(peer, received, sizeof(received), 0), WIRE_RECORD_SIZE);
	cr_assert_eq(received[0].counter.label, 0);
}

/*
 * The exporter ends while its socket is full. The next exporter starts at the last acknowledgement.
 * The pending packet is dropped.
 */
Test(session, drops_the_pending_packet_of_an_ended_session)
{
	uint32_t produced = kernel_ring_fill(&kernel, 1), next = 1;

	resume(none, 0, START);
	pump();
	next = take_packet(next);
	cr_assert_eq(say_ack(position_after(1)), SESSION_GOES_ON);
	begin_again();
	resume(none, 0, position_after(1));
	cr_assert_eq(batch_left(&session.events), 0);
	for (next = 2; next <= produced; pump()) {
		uint32_t after = take_packet(next);

		next = after ? after : next;
	}
	cr_assert_eq(next, produced + 1);
}

/*
 * The exporter reads, acknowledges and pauses at random, while the ring wraps several times.
 */
Test(session, sends_every_record_once_in_any_order_of_work)
{
	uint32_t produced = 0, next = 1;

	srand(1);
	resume(none, 0, START);
	while (next <= 50000) {
		if (rand() % 3 == 0)
			while (rand() % 2000 &&
				kernel_ring_produce(&kernel, produced + 1, 0) != UINT64_MAX)
				produced++;
		if (rand() % 2)
			pump();
		if (rand() % 3) {
			uint32_t after = take_packet(next);

			next = after ? after : next;
		}
		if (rand() % 4 == 0)
			cr_assert_eq(say_ack(position_after(next - 1)), SESSION_GOES_ON);
		if (rand() % 100 == 0) {
			cr_assert_eq(say_ack(position_after(next - 1)), SESSION_GOES_ON);
			begin_again();
			resume(none, 0, position_after(next - 1));
		}
	}
}
