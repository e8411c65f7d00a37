/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Checks packets and initializes records.
 *
 * Both programs call wire_packet_check() for each packet before they use the packet. Fields of an
 * accepted packet need no further check. No function allocates memory or makes a system call.
 */
#ifndef REXMIT_CODEC_H
#define REXMIT_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "wire.h"

/* The side that sent a packet. */
enum wire_sender {
	WIRE_FROM_COLLECTOR, /* HELLO, EVENT, COUNTER, NAME, PROCESS, BUSY */
	WIRE_FROM_EXPORTER,  /* RESUME, ACK: one record per packet */
};

/* Why a packet was refused. */
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
	WIRE_E_POSITION,    /* already acknowledged, not sent yet, or not the end of a record */
	WIRE_ERRORS,
};

/*
 * Checks whether `packet` of `size` bytes is well-formed and may come from `sender`. `packet` is
 * aligned to 8 bytes. Returns WIRE_OK or the error of the first wrong record. The caller checks the
 * order of packets: HELLO is the first, and positions increase.
 */
enum wire_error wire_packet_check(const void *packet, size_t size, enum wire_sender sender);

/*
 * Checks whether `position` may be acknowledged: `position` must be from `acked` to `sent`,
 * inclusive. The distance from `acked` must be a multiple of `stride`, the bytes of one record in
 * the ring.
 */
enum wire_error wire_ack_check(uint64_t acked, uint64_t sent, uint64_t stride, uint64_t position);

/* Each of these functions fills the whole record, including reserved bytes. */
void wire_resume_init(union wire_record *r, const uint8_t instance[16], uint64_t position);
/* Cuts `software` to 31 bytes. The caller sets the fields from `position` to `host_netns`. */
void wire_hello_init(union wire_record *r, const uint8_t instance[16], const char *software);
void wire_counter_init(union wire_record *r, enum wire_counter_id id, uint32_t label,
	uint32_t scope, uint64_t value);
/* Makes as many records as the path needs, at most WIRE_NAME_RECORDS. Returns their number. */
size_t wire_name_init(union wire_record *records, uint64_t cgroup_id, const char *path);
/* `name` is cut to 15 bytes. */
void wire_process_init(union wire_record *r, uint32_t slot, uint64_t key, const char *name);
void wire_ack_init(union wire_record *r, uint64_t position);
void wire_busy_init(union wire_record *r);

/* The names of values in metrics and logs. The name of a value out of range is "invalid". */
const char *wire_cause_name(unsigned cause);
const char *wire_role_name(unsigned role);
const char *wire_scope_name(unsigned scope);
const char *wire_reset_name(unsigned direction);
const char *wire_phase_name(unsigned phase); /* "invalid" for WIRE_PHASE_NONE */
const char *wire_refusal_name(unsigned refusal);
const char *wire_program_name(unsigned program);
const char *wire_error_name(enum wire_error error);
/* Returns NULL if libc does not know the number. */
const char *wire_errno_name(unsigned number);

#endif
