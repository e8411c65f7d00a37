/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * What a packet may contain, and how to initialize its records.
 *
 * Everything that either program receives passes wire_packet_check() first. Fields that it accepts
 * need no further check. Pure functions: no allocation, no system call.
 */
#ifndef REXMIT_CODEC_H
#define REXMIT_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "wire.h"

/* The side that sent a packet. */
enum wire_sender {
	WIRE_FROM_COLLECTOR, /* HELLO, EVENT, COUNTER, NAME, BUSY */
	WIRE_FROM_EXPORTER,  /* RESUME, ACK: one record per packet */
};

/* Why a packet was refused; WIRE_OK is 0. */
enum wire_error {
	WIRE_OK = 0,
	WIRE_E_LENGTH,      /* empty, not whole records, or too many for the sender */
	WIRE_E_TYPE,        /* unknown, or not allowed in this direction or place */
	WIRE_E_MAGIC,       /* HELLO, RESUME */
	WIRE_E_VERSION,     /* HELLO, RESUME */
	WIRE_E_RECORD_SIZE, /* HELLO, RESUME */
	WIRE_E_RESERVED,    /* a reserved byte or flag bit is not zero */
	WIRE_E_ENUM,        /* a field has a value that is not defined */
	WIRE_E_VALUE,       /* fields that contradict each other */
	WIRE_E_POSITION,    /* an acknowledgement goes back, too far ahead, or between records */
	WIRE_ERRORS,
};

/*
 * Whether `packet` of `size` bytes, as recv(2) returned it, is well-formed and may come from
 * `sender`. `packet` is aligned to 8 bytes. Returns WIRE_OK or the first fault, in the order of the
 * records. The caller checks the order of packets (HELLO first, increasing positions).
 */
enum wire_error wire_packet_check(const void *packet, size_t size, enum wire_sender sender);

/*
 * Whether `position` may be acknowledged: it is not before `acked` nor after `sent`, and its
 * distance from `acked` is a multiple of `stride` bytes (one record in the ring). Repeating `acked`
 * is allowed.
 */
enum wire_error wire_ack_check(uint64_t acked, uint64_t sent, uint64_t stride, uint64_t position);

/* Each of these fills the whole record, including reserved bytes. */
void wire_resume_init(union wire_record *r, const uint8_t instance[16], uint64_t position);
/* `software` is cut to 31 bytes. The caller sets the position, clock and netns fields. */
void wire_hello_init(union wire_record *r, const uint8_t instance[16], const char *software);
void wire_counter_init(union wire_record *r, enum wire_counter_id id, uint32_t label,
	uint32_t scope, uint64_t value);
/* Makes as many records as the path needs, at most WIRE_NAME_RECORDS. Returns their number. */
size_t wire_name_init(union wire_record *records, uint64_t cgroup_id, const char *path);
void wire_ack_init(union wire_record *r, uint64_t position);
void wire_busy_init(union wire_record *r);

/* Names as in metrics and logs. Never NULL: a value out of range is "invalid". */
const char *wire_cause_name(unsigned cause);
const char *wire_role_name(unsigned role);
const char *wire_scope_name(unsigned scope);
const char *wire_reset_name(unsigned direction);
const char *wire_phase_name(unsigned phase); /* not of WIRE_PHASE_NONE */
const char *wire_refusal_name(unsigned refusal);
const char *wire_program_name(unsigned program);
const char *wire_error_name(enum wire_error error);
/* NULL for a number unknown to libc. */
const char *wire_errno_name(unsigned number);

#endif
