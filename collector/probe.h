/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The BPF programs and their maps. */
#ifndef REXMIT_PROBE_H
#define REXMIT_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/counters.h"
#include "bpf/identity.h"
#include "bpf/process_table.h"
#include "handles.h"

struct probe;

/*
 * Loads the programs and makes the maps, with a ring of `ring_bytes` (a power of two, at least a
 * page). Returns 0 or a negative errno with one line logged. probe_attach() attaches the programs.
 */
int probe_new(struct probe **probe, size_t ring_bytes);

/*
 * Adopts the attached programs and the maps that an earlier collector has pinned in `directory`.
 * Removes pins that do not fit, such as those of another build or ring size, with one line logged.
 * The caller must hold the lock of pins_lock(). Returns 0, -ENOENT if nothing is adopted, or
 * another negative errno with one line logged.
 */
int probe_adopt(struct probe **probe, const char *directory, size_t ring_bytes);

/*
 * Attaches all programs, so that counting starts, and pins everything in `directory` unless that is
 * NULL. Does nothing for an adopted probe. Returns 0 or a negative errno with one line logged.
 */
int probe_attach(struct probe *probe, const char *directory);

/* Detaches all programs, unless they are pinned. The maps can still be read. */
void probe_detach(struct probe *probe);

/* Accepts NULL. */
void probe_free(struct probe *probe);

/* Whether the programs continue to count after the collector ends. */
bool probe_is_pinned(const struct probe *probe);

/* The probe owns the result. */
const struct identity *probe_identity(const struct probe *probe);

uint32_t probe_stored(const struct probe *probe);

void probe_limit_sockets(struct probe *probe, uint32_t max);

/* Returns the address of identity->awaited, for lookout.h. The probe owns the memory. */
uint32_t *probe_awaited(struct probe *probe);

/* Returns the counts of records that the protocol does not allow. The probe owns the memory. */
struct refused *probe_refused(struct probe *probe);

/* Returns the mapped table of processes. The probe owns the memory. */
const struct process_table *probe_processes(const struct probe *probe);

/* Returns the ring's file descriptor, which the probe owns. */
int probe_ring_fd(const struct probe *probe);

/* Sets `*sum` to the sums over all CPUs and refused records, without a system call. */
void probe_counters(const struct probe *probe, struct counters *sum);

/*
 * Sets `*missed` to the number of calls of the program that the kernel has skipped, because the
 * program was already active. `program` is a number of tracepoints.h. Returns 0 or -errno.
 */
int probe_missed(const struct probe *probe, unsigned program, uint64_t *missed);

/*
 * A cgroup_path_cb. Copies the path of cgroup `id` from the map to `path` (WIRE_PATH_SIZE bytes,
 * zero-terminated). `probe` is a struct probe. Returns 0, or -ENOENT if the map has no path.
 */
int probe_cgroup_path(void *probe, uint64_t id, char *path);

/*
 * Tests with a socket of the collector whether the kernel can create storage. Returns 0 or a
 * negative errno (docs/exactness.md, "Sockets without storage").
 */
int probe_prove_storage(const struct probe *probe);

/* Walks over sockets (bpf/walk.bpf.h). */
enum probe_walk {
	PROBE_FILES, /* gives storage to sockets, so that the sweep visits them */
	PROBE_SWEEP, /* reports counts of sockets with storage that no event has reported */
	PROBE_WALKS,
};

/*
 * Performs one step of the walk. Starts a walk if none is in progress. Returns 0 at the end of the
 * walk, -EAGAIN before the end, or another negative errno.
 */
int probe_walk(struct probe *probe, enum probe_walk walk);

/* Returns the descriptor that probe_walk() needs for the walk. The probe owns it. */
int probe_walk_link(const struct probe *probe, enum probe_walk walk);

/* Ends a walk in progress, so that the next step starts a new walk. */
void probe_walk_end(struct probe *probe, enum probe_walk walk);

#endif
