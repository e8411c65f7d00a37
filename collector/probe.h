/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Loads, attaches and uses the BPF programs and their maps. */
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
 * page). Does not attach the programs. Returns 0 or a negative errno, with one line logged.
 */
int probe_new(struct probe **probe, size_t ring_bytes);

/*
 * Adopts the attached programs and the maps that an earlier collector has pinned in `directory`, if
 * its build and ring size were the same. Otherwise removes what is pinned there, with one line
 * logged. The caller must hold the lock of pins_lock(). Returns 0, -ENOENT if there is nothing to
 * adopt, or another negative errno with one line logged.
 */
int probe_adopt(struct probe **probe, const char *directory, size_t ring_bytes);

/*
 * Attaches all programs, so that counting starts, and pins everything in `directory` unless that is
 * NULL. If the probe was adopted, both are done already. Returns 0 or a negative errno, with one
 * line logged.
 */
int probe_attach(struct probe *probe, const char *directory);

/* Detaches all programs, unless they are pinned. The maps can still be read. */
void probe_detach(struct probe *probe);

/* Accepts NULL. */
void probe_free(struct probe *probe);

/* Whether counting continues after the collector ends. */
bool probe_is_pinned(const struct probe *probe);

/* The probe owns the result. */
const struct identity *probe_identity(const struct probe *probe);

/* Returns how many sockets have storage, approximately. */
uint32_t probe_stored(const struct probe *probe);

/* Sets how many sockets may have storage. */
void probe_limit_sockets(struct probe *probe, uint32_t max);

/* The word that asks the next event to wake the collector (lookout.h). The probe owns it. */
uint32_t *probe_awaited(struct probe *probe);

/* The table of processes, mapped. The probe owns it. */
const struct process_table *probe_processes(const struct probe *probe);

/* The ring's file descriptor. The probe owns it. */
int probe_ring_fd(const struct probe *probe);

/* Adds up the counters of all CPUs, without a system call. */
void probe_counters(const struct probe *probe, struct counters *sum);

/*
 * Reads how many calls of the program with this number in tracepoints.h the kernel has skipped,
 * because the program was active already. Returns 0 or -errno.
 */
int probe_missed(const struct probe *probe, unsigned program, uint64_t *missed);

/*
 * A cgroup_path_cb: writes the path of cgroup `id` that the BPF programs have stored to `path`
 * (WIRE_PATH_SIZE bytes, zero-terminated). `probe` is a struct probe. Returns 0, or -ENOENT if the
 * map does not have the path.
 */
int probe_cgroup_path(void *probe, uint64_t id, char *path);

/*
 * Gives storage to a socket of the collector, as the programs give it to TCP sockets. Returns 0, or
 * a negative errno if the kernel cannot do that (docs/exactness.md, "Sockets without storage").
 */
int probe_prove_storage(const struct probe *probe);

/* Walks over sockets (bpf/walk.bpf.h). */
enum probe_walk {
	PROBE_FILES, /* gives storage to sockets, so that the sweep visits them */
	PROBE_SWEEP, /* reports counts of sockets with storage that no event has reported */
	PROBE_WALKS,
};

/*
 * Performs one step of the walk, after starting it if none is in progress. There are steps because
 * a user may have a hundred processes with a million files each. Returns 0 at the end of the walk,
 * -EAGAIN before the end, or another negative errno.
 */
int probe_walk(struct probe *probe, enum probe_walk walk);

/* Ends a walk in progress, so that the next step starts a new one. */
void probe_walk_end(struct probe *probe, enum probe_walk walk);

#endif
