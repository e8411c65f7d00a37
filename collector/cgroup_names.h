/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Which cgroups the exporter knows by name, and NAME records for those that it does not. */
#ifndef REXMIT_CGROUP_NAMES_H
#define REXMIT_CGROUP_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/wire.h"

/*
 * Writes the path of cgroup `id`, zero-terminated, to `path`. Returns 0, or a negative errno if it
 * is not known. Because each call is a system call, an unknown path is requested again only after
 * cgroup_names_ask_again().
 */
typedef int (*cgroup_path_cb)(void *context, uint64_t id, char path[WIRE_PATH_SIZE]);

#define CGROUP_NAMES_UNKNOWN 64

struct cgroup_names {
	cgroup_path_cb find; /* NULL: no cgroup has a name */
	void *context;
	/* The ids whose names the exporter remembers in each slot, the newest first; 0: none. */
	uint64_t remembered[WIRE_CGROUP_SLOTS][WIRE_CGROUP_WAYS];
	/* Ids not to request for now, indexed by id modulo CGROUP_NAMES_UNKNOWN. */
	uint64_t unknown[CGROUP_NAMES_UNKNOWN];
};

void cgroup_names_init(struct cgroup_names *names, cgroup_path_cb find, void *context);

/* For a new exporter, which knows no names. */
void cgroup_names_forget(struct cgroup_names *names);

/* Allows another request for the paths that were not known. To be called once a second. */
void cgroup_names_ask_again(struct cgroup_names *names);

/*
 * Fills `records` (WIRE_PACKET_RECORDS of them) with the names that must be sent before `events`.
 * Sets `*n_events` to the number of events that may follow. Returns the number of records.
 */
size_t cgroup_names_before(struct cgroup_names *names, const union wire_record *events,
	size_t *n_events, union wire_record *records);

#endif
