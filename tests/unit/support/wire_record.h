/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Makes packets of one record from a vector, with some bytes changed. */
#ifndef REXMIT_WIRE_RECORD_H
#define REXMIT_WIRE_RECORD_H

#include <string.h>

#include "protocol/codec.h"
#include "support/wire_vectors.h"

static inline union wire_record record_of(const uint8_t vector[static WIRE_RECORD_SIZE])
{
	union wire_record record;

	memcpy(record.bytes, vector, sizeof(record.bytes));
	return record;
}

/* Returns `vector` with the `size` bytes at `offset` set to `value`, in little endian. */
static inline union wire_record record_with(
	const uint8_t vector[static WIRE_RECORD_SIZE], size_t offset, size_t size, uint64_t value)
{
	union wire_record record = record_of(vector);

	for (size_t i = 0; i < size; i++)
		record.bytes[offset + i] = (uint8_t)(value >> (8 * i));
	return record;
}

/* The exporter sends RESUME and ACK. The collector sends all other types. */
static inline enum wire_sender sender_of(uint8_t type)
{
	return type == WIRE_RESUME || type == WIRE_ACK ? WIRE_FROM_EXPORTER : WIRE_FROM_COLLECTOR;
}

static inline enum wire_error check_record(const union wire_record *record)
{
	return wire_packet_check(record, sizeof(*record), sender_of(record->type));
}

#endif
