/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Which set of maps this is: written once by the collector that made it, read by its successors. And
 * the word by which a collector asks to be woken.
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
	uint32_t awaited; /* 1: the next event wakes the collector, and makes this 0 */
};

#endif
