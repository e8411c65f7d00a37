/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Records which names of cgroups the exporter knows. Makes NAME records for the others. */
#ifndef REXMIT_CGROUP_NAMES_H
#define REXMIT_CGROUP_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/wire.h"

/*
 * Writes the path of cgroup `id`, zero-terminated, to `path`. Returns 0, or a negative errno if the
 * path is unknown. Each call costs a system call, so an unknown path is not requested again until
 * cgroup_names_ask_again().
 */
typedef int (*cgroup_path_cb)(void *context, uint64_t id, char path[WIRE_PATH_SIZE]);

#define CGROUP_NAMES_UNKNOWN 64

struct cgroup_names {
	cgroup_path_cb find; /* NULL: no names are sent */
	void *context;
	/* Ids whose names the exporter remembers, the newest of each slot first; 0: none. */
	uint64_t remembered[WIRE_CGROUP_SLOTS][WIRE_CGROUP_WAYS];
	/* Ids whose path is not known, indexed by id modulo CGROUP_NAMES_UNKNOWN. */
	uint64_t unknown[CGROUP_NAMES_UNKNOWN];
};

void cgroup_names_init(struct cgroup_names *names, cgroup_path_cb find, void *context);

/* Forgets all names. Must be called for each new exporter. */
void cgroup_names_forget(struct cgroup_names *names);

/* Allows `find` to be called again for unknown paths. Must be called once a second. */
void cgroup_names_ask_again(struct cgroup_names *names);

/*
 * Fills `records`, an array of WIRE_PACKET_RECORDS, with the names that must be sent before the
 * `*n_events` events. Reduces `*n_events` to the number of events that may follow these names.
 * Returns the number of records.
 */
size_t cgroup_names_before(struct cgroup_names *names, const union wire_record *events,
	size_t *n_events, union wire_record *records);

#endif
