/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * How many sockets may have storage. The kernel charges storage to the collector's cgroup, even
 * past its limit, because it is made where the kernel cannot wait. Without a bound, sockets of
 * other processes would make the kernel kill the collector.
 */
#ifndef REXMIT_MEMORY_ROOM_H
#define REXMIT_MEMORY_ROOM_H

#include <stdint.h>

struct memory_room {
	int limit, usage; /* open files of the collector's cgroup, version 2 or 1; -1: none */
};

/* Opens the files while files can still be opened. Without these files there is no limit. */
void memory_room_init(struct memory_room *room);

/*
 * How many sockets may have storage for the next second, if `stored` have it now. They may use half
 * of the memory that is left below the limit. Returns UINT32_MAX if there is no limit.
 */
uint32_t memory_room_sockets(const struct memory_room *room, uint32_t stored);

#endif
