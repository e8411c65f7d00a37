/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The identity of a set of BPF maps, and values that the collector and the programs share. The
 * collector that creates the maps writes the identity. A later collector that adopts the maps reads
 * it. Each collector sets `awaited`, `sockets_max` and `walks_everywhere` again.
 */
#ifndef REXMIT_IDENTITY_H
#define REXMIT_IDENTITY_H

#include <stdint.h>

#include "protocol/wire.h"

/* What the records report that the protocol does not allow (collector/refused.h). */
struct refused_counts {
	uint64_t position; /* the records up to this position are counted */
	uint64_t segments[WIRE_CAUSES];
	uint64_t sent;
	uint64_t connections; /* ends of connections */
	uint64_t resets[WIRE_RESETS];
};

/* Only the collector uses these members. A later collector that adopts the maps continues them. */
struct refused {
	/* The last acknowledgement. The ring's consumer position may be greater, because records
	 * that are not sent need no acknowledgement. */
	uint64_t acknowledged;
	/* Bit 0: which element of `counts` is valid. The collector changes the other element, and
	 * then this word, so a collector that ends in between has changed nothing. */
	uint64_t valid;
	struct refused_counts counts[2];
};

/* Upper limit of the number of kernel objects that a collector pins (enum handle). */
#define IDENTITY_OBJECTS 32

struct identity {
	uint8_t instance[16]; /* random; the protocol's instance */
	uint64_t build;       /* hash of the BPF object that the programs were loaded from */
	uint64_t attached_ns; /* CLOCK_BOOTTIME when counting started */
	uint64_t ring_bytes;
	uint32_t cpus; /* slots of the counters */
	uint32_t host_netns;
	uint32_t awaited;          /* 1: the next event wakes the collector and clears `awaited` */
	uint32_t sockets_max;      /* how many sockets may have storage; depends on free memory */
	uint32_t walks_everywhere; /* whether the walk over files visits all processes */
	/* Number of sockets with storage. Each sweep corrects this number. It may be too small, even
	 * negative, because a sweep can miss a socket that gets storage in the meantime. The number
	 * has a separate cache line, because every event reads the members above. */
	int64_t stored __attribute__((aligned(64)));
	uint32_t processes; /* number of changes in the table of processes */
	struct refused refused;
	uint32_t objects[IDENTITY_OBJECTS]; /* ids of the pinned objects; set before pinning */
};

#endif
