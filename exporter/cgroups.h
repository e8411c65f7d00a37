/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The paths of cgroups, by number, and which cgroup id has which.
 *
 * The collector sends a path before the first event of a cgroup, and remembers on each connection
 * the last id of each of WIRE_CGROUP_SLOTS slots; so do we. Ids with the same path (a service that
 * was restarted) share a number, so that they share a series. A path stays while its id has its
 * slot or a group of the table shows it. Without a path, or room for one, an id is CGROUP_UNKNOWN.
 */
#ifndef REXMIT_CGROUPS_H
#define REXMIT_CGROUPS_H

#include <stdint.h>

#include "table.h"
#include "wire.h"

#define CGROUP_UNKNOWN 0

/* The most paths at a time, with 256 bytes each at most. */
#define CGROUP_PATHS 16384

struct cgroups;

int cgroups_new(struct cgroups **cgroups);
void cgroups_free(struct cgroups *cgroups);

/* Takes a part of a path; wire_packet_check() has seen that all of it comes, in order. */
void cgroups_take(struct cgroups *cgroups, const struct wire_name *name);

/* The number of the path of cgroup `id`. */
uint32_t cgroups_number(const struct cgroups *cgroups, uint64_t id);

/* The path, as UTF-8, of a number that the table shows or cgroups_number() just gave. */
const char *cgroups_path(const struct cgroups *cgroups, uint32_t number);

/* Forgets paths that neither a slot nor a group has, if many are kept. */
void cgroups_collect(struct cgroups *cgroups, const struct table *table);

#endif
