/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Which cgroups the exporter knows by name, and NAME records for those that it does not. */
#ifndef REXMIT_CGROUP_NAMES_H
#define REXMIT_CGROUP_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/wire.h"

/*
 * Finds the path of cgroup `id`, zero-ended, in `path`. Returns 0, or a negative errno if it is not
 * known; it is then asked again after cgroup_names_ask_again(), as each time is a system call.
 */
typedef int (*cgroup_path_cb)(void *context, uint64_t id, char path[WIRE_PATH_SIZE]);

#define CGROUP_NAMES_UNKNOWN 64

struct cgroup_names {
	cgroup_path_cb find; /* NULL: no cgroup has a name */
	void *context;
	/* The ids that each slot has, the last one first; 0: none. */
	uint64_t told[WIRE_CGROUP_SLOTS][WIRE_CGROUP_WAYS];
	uint64_t unknown
		[CGROUP_NAMES_UNKNOWN]; /* by id modulo their number; not to be asked for now */
};

void cgroup_names_init(struct cgroup_names *names, cgroup_path_cb find, void *context);

/* For a new exporter, who knows none. */
void cgroup_names_forget(struct cgroup_names *names);

/* A path that was not known may be by now: once a second will do. */
void cgroup_names_ask_again(struct cgroup_names *names);

/*
 * Fills `records` (WIRE_PACKET_RECORDS of them) with what must be sent before `events`, and sets
 * `*n_events` to how many of those may then follow. Returns how many records.
 */
size_t cgroup_names_before(struct cgroup_names *names, const union wire_record *events,
	size_t *n_events, union wire_record *records);

#endif
