/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A session over a ring that the test fills, and the exporter at its other end; for its tests. */
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
extern int peer; /* the exporter's end */

void setup(void);
void teardown(void);

/* The next exporter connects. */
void begin_again(void);

/* Events numbered `first` to `last` in the ring; the position after the first `records`. */
void produce(uint32_t first, uint32_t last);
uint64_t position_after(uint32_t records);

/* The exporter sends; the session takes it. */
void say(const void *packet, size_t size);
enum session_end receive(void);
enum session_end say_resume(const uint8_t instance[16], uint64_t position);
enum session_end say_ack(uint64_t position);
/* A RESUME that is answered by a HELLO of position `answered`. */
void resume(const uint8_t instance[16], uint64_t position, uint64_t answered);

/* The session sends what the ring has. */
void pump(void);
/* One packet of events numbered from `next` on; returns the number after its last; 0: none. */
uint32_t take_packet(uint32_t next);
/* The packets that there are hold these events and no other. */
void take_exactly(uint32_t first, uint32_t last);
/* A session in which `records` events were produced, sent and read. */
void stream(uint32_t records);

#endif
