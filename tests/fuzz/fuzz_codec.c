/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The input is a packet. If it passes the check, it must be usable without further checks. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "protocol/codec.h"
#include "target.h"

static bool named(const char *name)
{
	return strcmp(name, "invalid") != 0;
}

static void use_record(const union wire_record *r, uint64_t *position)
{
	if (r->type == WIRE_EVENT) {
		require(r->event.position > *position);
		require(named(wire_cause_name(r->event.cause)) &&
			named(wire_role_name(r->event.role)));
		*position = r->event.position;
	} else if (r->type == WIRE_COUNTER) {
		require(r->counter.id < WIRE_COUNTER_IDS && r->counter.label < WIRE_ERRNOS);
		require(named(wire_scope_name(r->counter.scope)));
	} else if (r->type == WIRE_NAME && r->name.offset != 0) {
		require(r[-1].type == WIRE_NAME && r[-1].name.offset + 80 == r->name.offset);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The sanitizer finds reads after the end only if the buffer ends there. */
	_cleanup_free_ union wire_record *packet = malloc(size);
	uint64_t position = 0;

	memcpy(packet, data, size);
	if (wire_packet_check(packet, size, WIRE_FROM_EXPORTER) == WIRE_OK)
		require(wire_packet_check(packet, size, WIRE_FROM_COLLECTOR) == WIRE_E_TYPE);
	else if (wire_packet_check(packet, size, WIRE_FROM_COLLECTOR) == WIRE_OK)
		for (size_t i = 0; i < size / sizeof(*packet); i++)
			use_record(&packet[i], &position);
	return 0;
}
