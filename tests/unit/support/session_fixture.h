/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A session of the collector. The test fills its ring, and plays the exporter at the other end. */
#ifndef REXMIT_SESSION_FIXTURE_H
#define REXMIT_SESSION_FIXTURE_H

#include "protocol/codec.h"
#include "session.h"
#include "support/kernel_ring.h"

#define START (UINT64_C(1000) * RING_STRIDE)

extern const uint8_t own[16], foreign[16], none[16]; /* instances */

extern struct kernel_ring kernel;
extern struct ring ring;
extern struct session session;
extern union wire_record hello;
extern int peer; /* the exporter's end of the connection */

void setup(void);
void teardown(void);

/* Ends the session, and starts the session of the next exporter. */
void begin_again(void);

/*
 * produce() puts the events `first` to `last` into the ring. position_after() returns the position
 * after `records` events.
 */
void produce(uint32_t first, uint32_t last);
uint64_t position_after(uint32_t records);

/* say() sends a packet from the exporter. receive() lets the session receive it. */
void say(const void *packet, size_t size);
enum session_end receive(void);
enum session_end say_resume(const uint8_t instance[16], uint64_t position);
enum session_end say_ack(uint64_t position);
/* Sends RESUME. The position in the HELLO that answers must be `answered`. */
void resume(const uint8_t instance[16], uint64_t position, uint64_t answered);

/* Lets the session send the ring's records. */
void pump(void);
/*
 * Receives one packet of events, numbered from `next`. Returns the number after the last event, or
 * 0 if there is no packet.
 */
uint32_t take_packet(uint32_t next);
/* Checks that the packets in the socket have exactly the events `first` to `last`. */
void take_exactly(uint32_t first, uint32_t last);
/* Makes a session in which `records` events were produced, sent and received. */
void stream(uint32_t records);

#endif
