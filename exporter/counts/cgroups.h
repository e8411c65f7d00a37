/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The names of each cgroup id: its path, and the pod, container and unit in the path.
 *
 * The collector sends a path before the first event of a cgroup. On each connection the collector
 * remembers the last WIRE_CGROUP_WAYS ids in each of WIRE_CGROUP_SLOTS slots, and so does this table.
 */
#ifndef REXMIT_CGROUPS_H
#define REXMIT_CGROUPS_H

#include <stdint.h>

#include "counts/group.h"
#include "counts/names.h"
#include "protocol/wire.h"

struct cgroups;

/*
 * `names` must outlive the cgroups. Only names for `labels` are kept; those for other labels are
 * NAME_UNKNOWN. Returns 0 or a negative errno.
 */
int cgroups_new(struct cgroups **cgroups, struct names *names, unsigned labels);
void cgroups_free(struct cgroups *cgroups);

/* Receives a part of a path. wire_packet_check() ensures that all parts arrive, in order. */
void cgroups_take(struct cgroups *cgroups, const struct wire_name *name);

/*
 * Sets `names` to those of cgroup `id`, if it is known. The name is "none" for a label of which the
 * cgroup's path has no part.
 */
void cgroups_find(const struct cgroups *cgroups, uint64_t id, struct group_names *names);

#endif
