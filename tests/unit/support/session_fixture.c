/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "support/session_fixture.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define RING_BYTES (1024 * 1024) /* more than a socket's buffer can hold */

const uint8_t own[16] = {1, 2, 3}, foreign[16] = {4, 5, 6}, none[16];

struct kernel_ring kernel;
struct ring ring;
struct session session;
union wire_record hello;
int peer = -1;

static void begin(void)
{
	int ends[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
	session_init(&session, ends[0], 1, 1000);
	peer = ends[1];
}

void setup(void)
{
	kernel_ring_init(&kernel, &ring, RING_BYTES, START);
	wire_hello_init(&hello, own, "1.2.3");
	begin();
}

void teardown(void)
{
	session_deinit(&session, &ring);
	close(peer);
	kernel_ring_deinit(&kernel, &ring);
}

void begin_again(void)
{
	close(peer);
	session_deinit(&session, &ring);
	begin();
}

void produce(uint32_t first, uint32_t last)
{
	for (uint32_t i = first; i <= last; i++)
		cr_assert_neq(kernel_ring_produce(&kernel, i, 0), UINT64_MAX);
}

uint64_t position_after(uint32_t records)
{
	return START + (uint64_t)records * RING_STRIDE;
}

void say(const void *packet, size_t size)
{
	cr_assert_eq(send(peer, packet, size, 0), (ssize_t)size);
}

enum session_end receive(void)
{
	return session_receive(&session, &ring, &hello);
}

enum session_end say_resume(const uint8_t instance[16], uint64_t position)
{
	union wire_record r;

	wire_resume_init(&r, instance, position);
	say(&r, sizeof(r));
	return receive();
}

enum session_end say_ack(uint64_t position)
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

void resume(const uint8_t instance[16], uint64_t position, uint64_t answered)
{
	cr_assert_eq(say_resume(instance, position), SESSION_GOES_ON);
	check_hello(answered);
}

void pump(void)
{
	cr_assert_eq(session_pump(&session, &ring), SESSION_GOES_ON);
}

uint32_t take_packet(uint32_t next)
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
		cr_assert_eq(packet[i].event.position, position_after(next));
		next++;
	}
	return next;
}

void take_exactly(uint32_t first, uint32_t last)
{
	uint32_t next = first;

	while (next <= last) {
		next = take_packet(next);
		cr_assert_neq(next, 0, "records up to %u are missing", last);
	}
	cr_assert_eq(next, last + 1);
	cr_assert_eq(take_packet(0), 0, "more than the records up to %u", last);
}

void stream(uint32_t records)
{
	resume(none, 0, START);
	produce(1, records);
	pump();
	take_exactly(1, records);
}
