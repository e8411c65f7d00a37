/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The names of each cgroup id: its path, and the pod, container and unit in the path.
 *
 * The collector sends a path before the first event of a cgroup. Collector and exporter remember
 * the last WIRE_CGROUP_WAYS ids in each of WIRE_CGROUP_SLOTS slots, so they forget the same ids.
 */
#ifndef REXMIT_CGROUPS_H
#define REXMIT_CGROUPS_H

#include <stdint.h>

#include "counts/group.h"
#include "counts/names.h"
#include "protocol/wire.h"

struct cgroups;

/*
 * `names` must outlive the cgroups. Names of labels that are not in `labels` are NAME_UNKNOWN.
 * Returns 0 or a negative errno.
 */
int cgroups_new(struct cgroups **cgroups, struct names *names, unsigned labels);
void cgroups_free(struct cgroups *cgroups);

/* Stores a part of a path. wire_packet_check() ensures that all parts arrive, in order. */
void cgroups_take(struct cgroups *cgroups, const struct wire_name *name);

/*
 * Sets the names of cgroup `id` in `names`, if the id is known. If the path has no pod, container
 * or unit, that name is "none".
 */
void cgroups_find(const struct cgroups *cgroups, uint64_t id, struct group_names *names);

#endif
