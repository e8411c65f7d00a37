/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The input is a script for exporters. The collector may free only records that it sent to one. */
#include <sys/socket.h>

#include "common/log.h"
#include "session.h"
#include "support/kernel_ring.h"
#include "target.h"

enum { ACK, RESUME, ANY, LEAVE }; /* the low bits of a byte; the others are a number */

static const union wire_record hello = {.hello = {.type = WIRE_HELLO, .instance = {1}}};
static struct kernel_ring kernel;
static struct ring ring;
static struct session session;

/* Runs one step. ANY sends the rest of the script as a packet. Returns false if the peer closed. */
static bool take_step(int peer, const uint8_t *script, size_t size)
{
	uint64_t position = *kernel.consumer + (script[0] >> 2) * RING_STRIDE;
	const uint8_t what = script[0] % 4, *own = hello.hello.instance;
	union wire_record r;

	what == RESUME ? wire_resume_init(&r, own, position) : wire_ack_init(&r, position);
	send(peer, what == ANY ? script + 1 : r.bytes, what == ANY ? size - 1 : sizeof(r), 0);
	return what != LEAVE && session_receive(&session, &ring, &hello) == SESSION_GOES_ON;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t sent = 0;
	int ends[2];

	log_init("fuzz", LOG_LEVEL_ERROR);
	kernel_ring_init(&kernel, &ring, 4096, 0);
	for (size_t i = 0; i < size; session_deinit(&session, &ring), close(ends[1])) {
		bool goes_on = !socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
		for (session_init(&session, ends[0], 1, 0); goes_on && i < size; i++) {
			goes_on = take_step(ends[1], data + i, size - i);
			require(*kernel.consumer <= sent && *kernel.consumer % RING_STRIDE == 0);
			kernel_ring_produce(&kernel, 1, 0);
			if (goes_on && session.streaming && !session_pump(&session, &ring))
				sent = session.sent > sent ? session.sent : sent;
		}
	}
	kernel_ring_deinit(&kernel, &ring);
	return 0;
}
