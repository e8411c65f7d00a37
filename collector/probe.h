/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The BPF programs and their maps, from loading to detaching. */
#ifndef REXMIT_PROBE_H
#define REXMIT_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/counters.h"
#include "bpf/identity.h"
#include "handles.h"

struct probe;

/*
 * Loads the programs and makes the maps, with a ring of `ring_bytes` (a power of two of at least a
 * page). Nothing is attached yet. Returns 0 or a negative errno, with one line logged.
 */
int probe_new(struct probe **probe, size_t ring_bytes);

/*
 * Adopts what an earlier collector has pinned in `directory` (see pins_lock()), if the build and
 * the ring size are the same: counting never stopped. Anything else pinned there is removed, with
 * one line logged. Returns 0, -ENOENT if there is nothing to adopt, or another negative errno with
 * one line logged.
 */
int probe_adopt(struct probe **probe, const char *directory, size_t ring_bytes);

/*
 * Attaches everything, unless it was adopted: counting starts. Pins everything in `directory`
 * unless that is NULL. Returns 0 or a negative errno, with one line logged.
 */
int probe_attach(struct probe *probe, const char *directory);

/* Detaches everything, unless it is pinned. The contents of the maps stay. */
void probe_detach(struct probe *probe);

/* Accepts NULL. */
void probe_free(struct probe *probe);

/* Whether counting continues after the collector ends. */
bool probe_is_pinned(const struct probe *probe);

/* The instance, start of counting and so on. The probe owns it. */
const struct identity *probe_identity(const struct probe *probe);

/* Roughly how many sockets have storage, and how many may have it. */
uint32_t probe_stored(const struct probe *probe);
void probe_limit_sockets(struct probe *probe, uint32_t max);

/* The word that asks the next event to wake the collector (lookout.h). The probe owns it. */
uint32_t *probe_awaited(struct probe *probe);

/* The ring's file descriptor. The probe owns it. */
int probe_ring_fd(const struct probe *probe);

/* Sums the counters over all CPUs, without a system call. */
void probe_counters(const struct probe *probe, struct counters *sum);

/*
 * How often the kernel skipped the program, by its number in tracepoints.h, because it was active
 * already. Returns 0 or -errno.
 */
int probe_missed(const struct probe *probe, unsigned program, uint64_t *missed);

/*
 * Writes the path of cgroup `id`, as the BPF programs stored it, to `path` (WIRE_PATH_SIZE bytes,
 * zero-terminated). `probe` is a struct probe. Returns 0, or -ENOENT if the path is not among the
 * last ones seen.
 */
int probe_cgroup_path(void *probe, uint64_t id, char *path);

/*
 * Gives storage to a socket of the collector, as the programs give it to TCP sockets. Returns 0, or
 * a negative errno if the kernel cannot (see --check): counts are then right, but without peers.
 */
int probe_prove_storage(const struct probe *probe);

/* Both are in bpf/walk.bpf.h. */
enum probe_walk {
	PROBE_FILES, /* gives storage to sockets without it that the sweep must visit */
	PROBE_SWEEP, /* makes every socket with storage report what it deferred */
	PROBE_WALKS,
};

/*
 * Starts the walk, or continues the one in progress, by one step. There are steps because a user
 * may have a hundred processes with a million files each. Returns 0 at the end of the walk, -EAGAIN
 * before it, or another negative errno.
 */
int probe_walk(struct probe *probe, enum probe_walk walk);

/* Ends a walk in progress, so that the next step starts a new one. */
void probe_walk_end(struct probe *probe, enum probe_walk walk);

#endif
