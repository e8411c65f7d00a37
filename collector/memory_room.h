/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * How many sockets of the host may have storage: it is charged to our cgroup, and past its limit, as it is
 * made where the kernel cannot wait. The kernel would then kill the collector for what others' sockets take.
 */
#ifndef REXMIT_MEMORY_ROOM_H
#define REXMIT_MEMORY_ROOM_H

#include <stdint.h>

struct memory_room {
	int limit, usage; /* files of our cgroup, of version 2 or 1, open; -1: none */
};

/* Opens the files while files can still be opened. Without them there is no bound. */
void memory_room_init(struct memory_room *room);

/*
 * How many sockets may have storage for the next second, where `stored` have it: of what memory is left
 * to the limit, half may go. UINT32_MAX: there is no limit.
 */
uint32_t memory_room_sockets(const struct memory_room *room, uint32_t stored);

#endif
