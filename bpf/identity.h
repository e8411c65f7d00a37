/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Identifies a set of BPF maps. The collector that creates the maps writes the identity, and a
 * later collector that adopts the maps reads it. `awaited`, `sockets_max` and `walks_everywhere`
 * are not part of the identity: each collector sets them, for the programs.
 */
#ifndef REXMIT_IDENTITY_H
#define REXMIT_IDENTITY_H

#include <stdint.h>

struct identity {
	uint8_t instance[16]; /* random; the protocol's instance */
	uint64_t build;       /* hash of the BPF object that the programs were loaded from */
	uint64_t attached_ns; /* CLOCK_BOOTTIME when counting started */
	uint64_t ring_bytes;
	uint32_t cpus; /* slots of the counters */
	uint32_t host_netns;
	uint32_t awaited;          /* 1: the next event wakes the collector and sets this to 0 */
	uint32_t sockets_max;      /* how many sockets may have storage; depends on free memory */
	uint32_t walks_everywhere; /* whether the walk over files visits all processes */
	/* Sockets with storage, which the programs count; each sweep counts them anew. It is on
	 * another cache line than the members above, because every event reads those. */
	uint64_t stored __attribute__((aligned(64)));
	uint32_t processes; /* changes of the table of processes, written by the programs */
};

#endif
