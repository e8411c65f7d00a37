/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The paths of cgroups, by number, and which cgroup id has which.
 *
 * The collector sends a path before the first event of a cgroup, and remembers on each connection
 * the last WIRE_CGROUP_WAYS ids of each of WIRE_CGROUP_SLOTS slots; so do we. Ids with the same path (a service that
 * was restarted) share a number, so that they share a series. A path stays while its id has its
 * slot or a group of the table shows it. Without a path, or room for one, an id is CGROUP_UNKNOWN.
 *
 * A state keeps the paths. Which of them are in use, its groups say.
 */
#ifndef REXMIT_CGROUPS_H
#define REXMIT_CGROUPS_H

#include <stdint.h>

#include "counts/table.h"
#include "protocol/wire.h"
#include "text/text.h"

#define CGROUP_UNKNOWN 0

/*
 * Numbers of paths, CGROUP_UNKNOWN among them; each path has 256 bytes at most. More than the slots
 * and the groups of the default --max-series need together.
 */
#define CGROUP_PATHS 16384
/* How many bytes of a state they take. */
#define CGROUP_PATHS_SIZE ((size_t)CGROUP_PATHS * WIRE_PATH_SIZE)

struct cgroups;

/*
 * The table must outlive them, and have the same state. Returns 0, -EBADMSG if the table shows a
 * path that the state does not have, or another negative errno.
 */
int cgroups_new(struct cgroups **cgroups, struct state *state, const struct table *table);
void cgroups_free(struct cgroups *cgroups);

/* Takes a part of a path; wire_packet_check() has seen that all of it comes, in order. */
void cgroups_take(struct cgroups *cgroups, const struct wire_name *name);

/* The number of the path of cgroup `id`. */
uint32_t cgroups_number(const struct cgroups *cgroups, uint64_t id);

/* The path, as UTF-8 without control characters, of a number that the table shows or cgroups_number() just gave. */
const char *cgroups_path(const struct cgroups *cgroups, uint32_t number);

/* How many paths are kept, and the most that can be. */
void cgroups_write(struct text *text, const struct cgroups *cgroups);

#endif
