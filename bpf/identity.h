/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Identifies a set of maps: the collector that made it writes this once, and its successors read
 * it. Each collector also writes values for the programs: how many sockets may have storage, which
 * sockets its walks find, and the word that asks an event to wake it.
 */
#ifndef REXMIT_IDENTITY_H
#define REXMIT_IDENTITY_H

#include <stdint.h>

struct identity {
	uint8_t instance[16]; /* random; the protocol's instance */
	uint64_t build;       /* hash of the BPF object that the programs were loaded from */
	uint64_t attached_ns; /* CLOCK_BOOTTIME */
	uint64_t ring_bytes;
	uint32_t cpus; /* slots of the counters */
	uint32_t host_netns;
	uint32_t awaited;     /* 1: the next event wakes the collector and sets this to 0 */
	uint32_t sockets_max; /* that may have storage; depends on the collector's memory */
	uint32_t walks;       /* whether the collector's walk over files visits all processes */
	/* Sockets with storage, written by the programs. Apart from what each event reads. */
	uint64_t stored __attribute__((aligned(64)));
};

#endif
