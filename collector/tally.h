/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Everything that the collector tells of itself and of the kernel once a second, as records. */
#ifndef REXMIT_TALLY_H
#define REXMIT_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "mib.h"
#include "probe.h"
#include "protocol/wire.h"
#include "ring.h"

struct tally {
	const struct probe *probe;
	const struct ring *ring;
	struct mib mib;
	int statm; /* /proc/self/statm (proc(5)), open */
	uint64_t refused[WIRE_REFUSALS];
};

/* Opens what is read later; what is not there is left out, with one line logged. */
void tally_init(struct tally *tally, const struct probe *probe, const struct ring *ring);

/* Segments that wait in the sockets' storage for room in the ring. */
uint64_t tally_deferred(const struct tally *tally);

/* Fills `records` with at most WIRE_PACKET_RECORDS COUNTER records; returns how many. */
size_t tally_records(struct tally *tally, union wire_record *records);

#endif
