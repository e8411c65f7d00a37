/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The COUNTER records: values about the collector and the kernel, sent once a second. */
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
	int statm; /* open file /proc/self/statm (proc(5)) */
	uint64_t refused[WIRE_REFUSALS];
	uint64_t walker_cpu_ns; /* CPU time of the walker's process */
};

/* Opens the files for tally_records(). Values of a file that cannot be read are not sent. */
void tally_init(struct tally *tally, const struct probe *probe, const struct ring *ring);

uint64_t tally_deferred(const struct tally *tally);

/* Fills `records` with COUNTER records, at most WIRE_PACKET_RECORDS. Returns their number. */
size_t tally_records(struct tally *tally, union wire_record *records);

#endif
