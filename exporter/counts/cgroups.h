/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The paths of cgroups: a number for each path, and the path of each cgroup id.
 *
 * The collector sends a path before the first event of a cgroup. On each connection it remembers
 * the last WIRE_CGROUP_WAYS ids in each of WIRE_CGROUP_SLOTS slots, and so does this table. Ids
 * with the same path, such as those of a restarted service, share a number, and therefore a series.
 * A path is kept while its id is in a slot or a group uses it. An id without a path, or without
 * room for one, is CGROUP_UNKNOWN.
 *
 * The state keeps the paths. Its groups determine which of them are in use.
 */
#ifndef REXMIT_CGROUPS_H
#define REXMIT_CGROUPS_H

#include <stdint.h>

#include "counts/table.h"
#include "protocol/wire.h"

#define CGROUP_UNKNOWN 0

/*
 * Number of paths, including CGROUP_UNKNOWN; each is at most 256 bytes long. It exceeds the slots
 * and the groups of the default --max-series together.
 */
#define CGROUP_PATHS 16384
/* Size of the paths in a state, in bytes. */
#define CGROUP_PATHS_SIZE ((size_t)CGROUP_PATHS * WIRE_PATH_SIZE)

struct cgroups;

/*
 * `table` must outlive the cgroups and use the same state. Returns 0, -EBADMSG if a group uses a
 * path that the state does not have, or another negative errno.
 */
int cgroups_new(struct cgroups **cgroups, struct state *state, const struct table *table);
void cgroups_free(struct cgroups *cgroups);

/* Receives a part of a path. wire_packet_check() made sure that all parts come, in order. */
void cgroups_take(struct cgroups *cgroups, const struct wire_name *name);

/* Returns the number of the path of cgroup `id`, or CGROUP_UNKNOWN. */
uint32_t cgroups_number(const struct cgroups *cgroups, uint64_t id);

/*
 * Returns a path, as UTF-8 without control characters. `number` must be one that a group uses or
 * that cgroups_number() has just returned.
 */
const char *cgroups_path(const struct cgroups *cgroups, uint32_t number);

/* Returns the number of paths that are kept, at most CGROUP_PATHS - 1. */
uint32_t cgroups_used(const struct cgroups *cgroups);

#endif
