/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Which set of maps this is: written once by the collector that made it, read by its successors. And
 * what each collector writes for itself, for the programs: how much memory it has, which sockets it finds,
 * and the word by which it asks to be woken.
 */
#ifndef REXMIT_IDENTITY_H
#define REXMIT_IDENTITY_H

#include <stdint.h>

struct identity {
	uint8_t instance[16]; /* random; the instance of the protocol */
	uint64_t build;       /* hash of the BPF object that the programs were loaded from */
	uint64_t attached_ns; /* CLOCK_BOOTTIME */
	uint64_t ring_bytes;
	uint32_t cpus; /* slots of the counters */
	uint32_t host_netns;
	uint32_t awaited;     /* 1: the next event wakes the collector, and makes this 0 */
	uint32_t sockets_max; /* that may have storage; the collector goes by its memory */
	uint32_t walks;       /* whether the collector's walk over files meets all processes */
	/* Written by the programs: sockets with storage. Away from what each event reads. */
	uint64_t stored __attribute__((aligned(64)));
};

#endif
