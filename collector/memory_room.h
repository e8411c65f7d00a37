/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The limit of how many sockets may have storage. The kernel charges the storage of all sockets to
 * the collector's cgroup, even above the cgroup's memory limit. Without this limit, sockets of
 * other processes could make the kernel kill the collector.
 */
#ifndef REXMIT_MEMORY_ROOM_H
#define REXMIT_MEMORY_ROOM_H

#include <stdint.h>

struct memory_room {
	int limit, usage; /* descriptors of files of the collector's cgroup; -1: none */
};

/* Opens the files. Must be called before the system call filter is installed. */
void memory_room_init(struct memory_room *room);

/*
 * Returns how many sockets may have storage during the next second, if `stored` sockets have
 * storage now. New storage may use half of the free memory, except the last MiB. Returns UINT32_MAX
 * if there is no limit, or the files cannot be read.
 */
uint32_t memory_room_sockets(const struct memory_room *room, uint32_t stored);

#endif
