/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The keys of the table of processes. The table has the process names of listeners and connections.
 * BPF programs fill the table. The exporter copies it from PROCESS records.
 *
 * There are two kinds of keys:
 *
 *   of a name      a hash of the name, in the lower half. The upper half is 0
 *   of a listener  the network namespace in the upper half, and a hash of port and address. Inode
 *                  numbers of namespaces start at 0xf0000000 (PROC_DYNAMIC_FIRST)
 *
 * The hash of a key selects PROCESS_WAYS consecutive slots. The key is in one of them.
 */
#ifndef REXMIT_PROCESS_KEY_H
#define REXMIT_PROCESS_KEY_H

#include <stdint.h>

#include "protocol/wire.h"

#define PROCESS_WAYS 8

/* A process's name, zero-padded, as bytes and as words. */
union process_name {
	char text[WIRE_PROCESS_NAME_SIZE];
	uint64_t words[2];
};
_Static_assert(sizeof(union process_name) == WIRE_PROCESS_NAME_SIZE, "two words");

/* Fibonacci hashing (Knuth, TAOCP 6.4). */
static inline uint64_t process_mix(uint64_t word)
{
	return word * UINT64_C(0x9E3779B97F4A7C15);
}

/* Returns a slot that may have `key`. `way` is less than PROCESS_WAYS. */
static inline uint32_t process_slot(uint64_t key, uint32_t way)
{
	return ((uint32_t)(process_mix(key) >> 32) + way) % WIRE_PROCESS_SLOTS;
}

/* Returns the key of a listener. `address` is local_addr of struct wire_event, as two words. */
static inline uint64_t process_listener_key(
	uint32_t netns, uint16_t port, const uint64_t address[2])
{
	uint64_t hash = process_mix(process_mix(address[0]) ^ address[1]);

	return (uint64_t)netns << 32 | (uint32_t)port << 16 | (uint16_t)(hash >> 48);
}

#endif
