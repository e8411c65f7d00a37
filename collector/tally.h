/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* All values that the collector reports once a second about itself and the kernel, as records. */
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

/* Opens the files to read later. A file that is missing is left out, with one line logged. */
void tally_init(struct tally *tally, const struct probe *probe, const struct ring *ring);

/* Segments deferred in the sockets' storage until the ring has room. */
uint64_t tally_deferred(const struct tally *tally);

/* Fills `records` with COUNTER records, at most WIRE_PACKET_RECORDS. Returns their number. */
size_t tally_records(struct tally *tally, union wire_record *records);

#endif
