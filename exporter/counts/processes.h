/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The names of processes: a copy of the collector's table (protocol/process_key.h). A PROCESS
 * record updates a slot.
 */
#ifndef REXMIT_PROCESSES_H
#define REXMIT_PROCESSES_H

#include "counts/group.h"
#include "counts/names.h"
#include "protocol/wire.h"

struct processes;

/* `names` must outlive the processes. Returns 0 or a negative errno. */
int processes_new(struct processes **processes, struct names *names);
void processes_free(struct processes *processes);

/*
 * Clears the table. Call this for a new connection, on which the collector sends all names again.
 */
void processes_forget(struct processes *processes);

/* Stores a slot. `process` must have passed wire_packet_check(). */
void processes_take(struct processes *processes, const struct wire_process *process);

/* Sets the process of the event: of its socket, or else of the listener. */
void processes_find(const struct processes *processes, const struct wire_event *event,
	struct group_names *names);

#endif
