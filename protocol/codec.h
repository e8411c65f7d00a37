/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * What a packet may contain, and how its records are begun.
 *
 * Everything that either program accepts from the socket passes wire_packet_check() first; what it
 * lets through needs no further look at its fields. Pure functions: no allocation, no system call.
 */
#ifndef REXMIT_CODEC_H
#define REXMIT_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "wire.h"

/* The end of the socket that sent a packet. */
enum wire_sender {
	WIRE_FROM_COLLECTOR, /* HELLO, EVENT, COUNTER, NAME, BUSY */
	WIRE_FROM_EXPORTER,  /* RESUME, ACK: one record a packet */
};

/* Why a packet was refused; WIRE_OK is 0. */
enum wire_error {
	WIRE_OK = 0,
	WIRE_E_LENGTH,      /* empty, not whole records, or more of them than the sender may pack */
	WIRE_E_TYPE,        /* unknown, not for this direction, or not in this place */
	WIRE_E_MAGIC,       /* HELLO, RESUME */
	WIRE_E_VERSION,     /* HELLO, RESUME */
	WIRE_E_RECORD_SIZE, /* HELLO, RESUME */
	WIRE_E_RESERVED,    /* a reserved byte or flag bit is not zero */
	WIRE_E_ENUM,        /* a field with few values has another one */
	WIRE_E_VALUE,       /* fields that contradict each other */
	WIRE_E_POSITION,    /* an acknowledgement that goes back, ahead, or between records */
	WIRE_ERRORS,
};

/*
 * Whether `packet` of `size` bytes, as recv(2) gave it, is well-formed and may come from `sender`.
 * `packet` is aligned to 8 bytes. Returns WIRE_OK or the first fault, in the order of the records.
 * The sequence of packets (HELLO first, positions that grow) is the caller's to check.
 */
enum wire_error wire_packet_check(const void *packet, size_t size, enum wire_sender sender);

/*
 * Whether an acknowledgement of `position` is one of the positions that were sent: not before
 * `acked`, not beyond `sent`, and a whole number of `stride` bytes (of one record in the ring)
 * behind `acked`. Repeating `acked` is allowed.
 */
enum wire_error wire_ack_check(uint64_t acked, uint64_t sent, uint64_t stride, uint64_t position);

/* Each fills the whole record, reserved bytes included. */
void wire_resume_init(union wire_record *r, const uint8_t instance[16], uint64_t position);
/* `software` is cut at 31 bytes. The caller sets position and the clock, netns fields. */
void wire_hello_init(union wire_record *r, const uint8_t instance[16], const char *software);
void wire_counter_init(union wire_record *r, enum wire_counter_id id, uint32_t label,
	uint32_t scope, uint64_t value);
/* As many records as the path needs, at most WIRE_NAME_RECORDS; returns how many. */
size_t wire_name_init(union wire_record *records, uint64_t cgroup_id, const char *path);
void wire_ack_init(union wire_record *r, uint64_t position);
void wire_busy_init(union wire_record *r);

/* Names as they stand in metrics and logs; never NULL: "invalid" for a value out of range. */
const char *wire_cause_name(unsigned cause);
const char *wire_role_name(unsigned role);
const char *wire_scope_name(unsigned scope);
const char *wire_reset_name(unsigned direction);
const char *wire_refusal_name(unsigned refusal);
const char *wire_program_name(unsigned program);
const char *wire_error_name(enum wire_error error);
/* NULL for a number that libc does not know. */
const char *wire_errno_name(unsigned number);

#endif
