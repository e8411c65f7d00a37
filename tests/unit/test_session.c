/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Whatever an exporter sends, or does not read: no record is lost, repeated or freed too early. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "codec.h"
#include "kernel_ring.h"
#include "session.h"

#define START (UINT64_C(1000) * RING_STRIDE)
#define RING_BYTES (1024 * 1024) /* more than a socket holds */

static const uint8_t own[16] = {1, 2, 3}, foreign[16] = {4, 5, 6}, none[16];

static struct kernel_ring kernel;
static struct ring ring;
static struct session session;
static union wire_record hello;
static int peer = -1;

static void begin(void)
{
	int ends[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
	session_init(&session, ends[0], 1, 1000);
	peer = ends[1];
}

static void setup(void)
{
	kernel_ring_init(&kernel, &ring, RING_BYTES, START);
	wire_hello_init(&hello, own, "1.2.3");
	begin();
}

static void teardown(void)
{
	session_deinit(&session, &ring);
	close(peer);
	kernel_ring_deinit(&kernel, &ring);
}

TestSuite(session, .init = setup, .fini = teardown);

/* The next exporter connects. */
static void begin_again(void)
{
	close(peer);
	session_deinit(&session, &ring);
	begin();
}

static void produce(uint32_t first, uint32_t last)
{
	for (uint32_t i = first; i <= last; i++)
		cr_assert_neq(kernel_ring_produce(&kernel, i, 0), UINT64_MAX);
}

static uint64_t behind(uint32_t records)
{
	return START + (uint64_t)records * RING_STRIDE;
}

static void say(const void *packet, size_t size)
{
	cr_assert_eq(send(peer, packet, size, 0), (ssize_t)size);
}

static enum session_end receive(void)
{
	return session_receive(&session, &ring, &hello);
}

static enum session_end say_resume(const uint8_t instance[16], uint64_t position)
{
	union wire_record r;

	wire_resume_init(&r, instance, position);
	say(&r, sizeof(r));
	return receive();
}

static enum session_end say_ack(uint64_t position)
{
	union wire_record r;

	wire_ack_init(&r, position);
	say(&r, sizeof(r));
	return receive();
}

static void check_hello(uint64_t position)
{
	union wire_record wanted = hello, r;

	wanted.hello.position = position;
	cr_assert_eq(recv(peer, &r, sizeof(r), MSG_TRUNC), sizeof(r));
	cr_assert_arr_eq(r.bytes, wanted.bytes, sizeof(r));
	cr_assert(session.streaming);
}

static void resume(const uint8_t instance[16], uint64_t position, uint64_t answered)
{
	cr_assert_eq(say_resume(instance, position), SESSION_GOES_ON);
	check_hello(answered);
}

static void pump(void)
{
	cr_assert_eq(session_pump(&session, &ring), SESSION_GOES_ON);
}

/* One packet of events numbered from `next` on; returns the number behind its last, 0: none. */
static uint32_t take_packet(uint32_t next)
{
	static union wire_record packet[WIRE_PACKET_RECORDS + 1];
	ssize_t size = recv(peer, packet, sizeof(packet), 0);

	if (size < 0) {
		cr_assert_eq(errno, EAGAIN);
		return 0;
	}
	cr_assert_eq(wire_packet_check(packet, (size_t)size, WIRE_FROM_COLLECTOR), WIRE_OK);
	for (size_t i = 0; i < (size_t)size / WIRE_RECORD_SIZE; i++) {
		cr_assert_eq(packet[i].event.segments, next);
		cr_assert_eq(packet[i].event.position, behind(next));
		next++;
	}
	return next;
}

static void take_exactly(uint32_t first, uint32_t last)
{
	uint32_t next = first;

	while (next <= last) {
		next = take_packet(next);
		cr_assert_neq(next, 0, "records up to %u are missing", last);
	}
	cr_assert_eq(next, last + 1);
	cr_assert_eq(take_packet(0), 0, "more than the records up to %u", last);
}

/* A session in which `records` events were produced, sent and read. */
static void stream(uint32_t records)
{
	resume(none, 0, START);
	produce(1, records);
	pump();
	take_exactly(1, records);
}

Test(session, nothing_before_resume)
{
	cr_assert_eq(receive(), SESSION_GOES_ON);
	cr_assert(!session.streaming);
}

Test(session, a_new_exporter_begins_at_the_acknowledgement)
{
	produce(1, 3);
	resume(none, 0, START);
	pump();
	take_exactly(1, 3);
	cr_assert_eq(ring_acknowledged(&ring), START, "sending acknowledges nothing");
}

Test(session, what_a_session_did_not_acknowledge_is_the_next_ones)
{
	stream(5);
	cr_assert_eq(say_ack(behind(2)), SESSION_GOES_ON);
	begin_again();
	resume(none, 0, behind(2));
	pump();
	take_exactly(3, 5);
}

/* The exporter applied more than its acknowledgements said before it lost the connection. */
Test(session, resume_acknowledges)
{
	stream(5);
	begin_again();
	resume(own, behind(4), behind(4));
	cr_assert_eq(ring_acknowledged(&ring), behind(4));
	pump();
	take_exactly(5, 5);
}

Test(session, resume_of_the_past_changes_nothing)
{
	stream(5);
	cr_assert_eq(say_ack(behind(3)), SESSION_GOES_ON);
	begin_again();
	resume(own, behind(1), behind(3));
	pump();
	take_exactly(4, 5);
}

/* Positions of another instance mean nothing, however large or odd. */
Test(session, resume_of_a_foreign_instance)
{
	stream(2);
	begin_again();
	resume(foreign, UINT64_MAX, START);
	cr_assert_eq(ring_acknowledged(&ring), START);
	pump();
	take_exactly(1, 2);
}

static void check_refused(enum session_end end, uint64_t acknowledged)
{
	cr_assert_eq(end, SESSION_PROTOCOL);
	cr_assert_eq(ring_acknowledged(&ring), acknowledged);
}

Test(session, resume_between_records)
{
	stream(5);
	begin_again();
	check_refused(say_resume(own, behind(2) + 8), START);
	cr_assert(!session.streaming);
}

Test(session, resume_beyond_the_producer)
{
	stream(5);
	begin_again();
	check_refused(say_resume(own, behind(6)), START);
	begin_again();
	check_refused(say_resume(own, UINT64_MAX), START);
}

/* A program may be writing there: see ring_read_furthest(). */
Test(session, resume_beyond_what_was_ever_sent)
{
	stream(5);
	produce(6, 8);
	begin_again();
	check_refused(say_resume(own, behind(6)), START);
	begin_again();
	resume(own, behind(5), behind(5));
}

Test(session, second_resume)
{
	stream(1);
	check_refused(say_resume(own, behind(1)), START);
}

Test(session, ack_first)
{
	check_refused(say_ack(START), START);
}

Test(session, ack_frees)
{
	stream(5);
	cr_assert_eq(say_ack(behind(2)), SESSION_GOES_ON);
	cr_assert_eq(ring_used(&ring), 3 * RING_STRIDE);
	cr_assert_eq(say_ack(behind(2)), SESSION_GOES_ON, "a repetition is allowed");
	cr_assert_eq(say_ack(behind(5)), SESSION_GOES_ON);
	cr_assert_eq(ring_used(&ring), 0);
}

Test(session, ack_back)
{
	stream(5);
	cr_assert_eq(say_ack(behind(3)), SESSION_GOES_ON);
	check_refused(say_ack(behind(2)), behind(3));
}

Test(session, ack_zero)
{
	stream(5);
	check_refused(say_ack(0), START);
}

Test(session, ack_ahead)
{
	stream(5);
	check_refused(say_ack(behind(6)), START);
}

/* Produced, and even read from the ring by an earlier session, is not sent to this one. */
Test(session, ack_of_what_this_session_was_not_sent)
{
	stream(5);
	begin_again();
	resume(none, 0, START);
	check_refused(say_ack(behind(1)), START);
}

Test(session, ack_between_records)
{
	stream(5);
	check_refused(say_ack(behind(2) + 1), START);
}

/* The wraparound of the 64-bit sum must not look like a position in between. */
Test(session, ack_of_the_largest_number)
{
	stream(5);
	check_refused(say_ack(UINT64_MAX), START);
}

Test(session, not_a_record)
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

/* Every packet of a record's size but the right ones: each byte of each changed in turn. */
Test(session, one_byte_wrong)
{
	for (size_t i = 0; i < WIRE_RECORD_SIZE; i++) {
		union wire_record r;

		/* The instance, and its position, are not for the check: see above. */
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

Test(session, what_only_a_collector_says)
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

/* recv(2) shows no difference between an empty packet and the end. */
Test(session, empty_packet)
{
	say("", 0);
	cr_assert_eq(receive(), SESSION_CLOSED);
}

Test(session, the_exporter_closes)
{
	stream(1);
	close(peer);
	peer = -1;
	cr_assert_eq(receive(), SESSION_CLOSED);
	produce(2, 2);
	cr_assert_eq(session_pump(&session, &ring), SESSION_CLOSED);
	cr_assert_eq(session_send_counters(&session, &hello, 1), -EPIPE);
}

/*
 * An exporter that is killed with packets unread: what it acknowledged before must not be sent to
 * the next one, which would count it again. The kernel reports the reset before those packets.
 */
Test(session, acknowledgements_before_a_reset_count)
{
	union wire_record r;

	stream(3);
	produce(4, 5);
	pump();
	wire_ack_init(&r, behind(3));
	say(&r, sizeof(r));
	close(peer);
	peer = -1;
	cr_assert_eq(receive(), SESSION_CLOSED);
	cr_assert_eq(ring_acknowledged(&ring), behind(3));
}

Test(session, acknowledgements_before_a_failed_send_count)
{
	union wire_record r;

	stream(3);
	produce(4, 5);
	pump();
	wire_ack_init(&r, behind(3));
	say(&r, sizeof(r));
	close(peer);
	peer = -1;
	produce(6, 6);
	cr_assert_eq(session_pump(&session, &ring), SESSION_CLOSED);
	cr_assert_eq(receive(), SESSION_CLOSED);
	cr_assert_eq(ring_acknowledged(&ring), behind(3));
}

/* Not one flood of acknowledgements keeps the collector from the ring. */
Test(session, takes_a_bounded_number_of_packets)
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

/* An exporter that does not read blocks nobody, and gets everything once when it reads again. */
Test(session, blocked)
{
	uint32_t produced = kernel_ring_fill(&kernel, 1), next = 1;

	resume(none, 0, START);
	pump();
	cr_assert(session.blocked);
	cr_assert_gt(session.held, 0);
	cr_assert_lt(session.sent, behind(produced));
	cr_assert_eq(session_send_counters(&session, &hello, 1), -EAGAIN);
	for (int i = 0; i < 3; i++) { /* to no effect */
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
	cr_assert_eq(session.sent, behind(produced));
	cr_assert_eq(ring_acknowledged(&ring), START);
}

/* The packet that the socket did not take may not be acknowledged, though it was read. */
Test(session, ack_of_a_held_packet)
{
	kernel_ring_fill(&kernel, 1);
	resume(none, 0, START);
	pump();
	cr_assert_gt(session.held, 0);
	check_refused(say_ack(session.sent + RING_STRIDE), START);
}

/* It dies blocked: the held packet is not the next one's, who begins at the acknowledgement. */
Test(session, dies_blocked)
{
	uint32_t produced = kernel_ring_fill(&kernel, 1), next = 1;

	resume(none, 0, START);
	pump();
	next = take_packet(next);
	cr_assert_eq(say_ack(behind(1)), SESSION_GOES_ON);
	begin_again();
	resume(none, 0, behind(1));
	cr_assert_eq(session.held, 0);
	for (next = 2; next <= produced; pump()) {
		uint32_t after = take_packet(next);

		next = after ? after : next;
	}
	cr_assert_eq(next, produced + 1);
}

/* Reads, acknowledges and is starved at random, while the ring turns several times. */
Test(session, every_record_once_under_any_schedule)
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
			cr_assert_eq(say_ack(behind(next - 1)), SESSION_GOES_ON);
		if (rand() % 100 == 0) {
			cr_assert_eq(say_ack(behind(next - 1)), SESSION_GOES_ON);
			begin_again();
			resume(none, 0, behind(next - 1));
		}
	}
}
