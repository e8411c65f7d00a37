/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Turns any bytes into a valid event, so that the fuzzer reaches the code after the check. */
#ifndef TEST_FUZZ_EVENT_OF_BYTES_H
#define TEST_FUZZ_EVENT_OF_BYTES_H

#include <stdbool.h>
#include <string.h>

#include "protocol/codec.h"

static inline void event_address_of_bytes(uint8_t address[16], bool v4)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (v4)
		memcpy(address, mapped, sizeof(mapped));
	else if (memcmp(address, mapped, sizeof(mapped)) == 0)
		address[0] = 0xfd;
}

static inline struct wire_event event_of_bytes(
	const uint8_t bytes[WIRE_RECORD_SIZE], uint64_t position)
{
	struct wire_event e;

	memcpy(&e, bytes, sizeof(e));
	e.type = WIRE_EVENT;
	e.ip_version = e.ip_version % 2 ? 4 : 6;
	e.cause = e.segments ? (uint8_t)(1 + e.cause % (WIRE_CAUSES - 1)) : WIRE_CAUSE_NONE;
	e.tcp_state = (uint8_t)(1 + e.tcp_state % WIRE_TCP_STATE_MAX);
	e.role = (uint8_t)(1 + e.role % 2);
	e.flags &= e.segments ? WIRE_EVENT_FIRST : WIRE_EVENT_ENDED;
	if (e.segments)
		e.segments_received = 0, e.segments_out_of_order = 0, e.segments_spurious = 0;
	e.timed_out = e.flags & WIRE_EVENT_ENDED ? e.timed_out % WIRE_PHASES : WIRE_PHASE_NONE;
	if (!e.timers != !e.stall_us)
		e.timers = 0, e.stall_us = 0;
	e.reserved0 = 0;
	e.position = position;
	event_address_of_bytes(e.local_addr, e.ip_version == 4);
	event_address_of_bytes(e.remote_addr, e.ip_version == 4);
	return e;
}

#endif
