/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The BPF programs and their maps, from load to detach. */
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
 * Takes over what an earlier collector of the same build, with a ring of the same size, has pinned
 * in `directory` (see pins_lock()): counting never stopped. Anything else that is pinned there is
 * removed, with one line logged. Returns 0, -ENOENT if there is nothing to take over, or another
 * negative errno with one line logged.
 */
int probe_adopt(struct probe **probe, const char *directory, size_t ring_bytes);

/*
 * Attaches everything, unless it was taken over: counting starts. With a `directory` it is pinned
 * there. Returns 0 or a negative errno, with one line logged.
 */
int probe_attach(struct probe *probe, const char *directory);

/* Detaches everything, unless it is pinned; what is in the maps stays. */
void probe_detach(struct probe *probe);

/* Accepts NULL. */
void probe_free(struct probe *probe);

/* Whether counting goes on without us. */
bool probe_is_pinned(const struct probe *probe);

/* Instance, start of counting and the like; the probe's. */
const struct identity *probe_identity(const struct probe *probe);

/* How many sockets have storage, nearly; and how many may. */
uint32_t probe_stored(const struct probe *probe);
void probe_limit_sockets(struct probe *probe, uint32_t max);

/* The word by which the collector asks to be woken (lookout.h); the probe's. */
uint32_t *probe_awaited(struct probe *probe);

/* The ring's file descriptor; stays the probe's. */
int probe_ring_fd(const struct probe *probe);

/* Sum of the counters over all CPUs. No system call. */
void probe_counters(const struct probe *probe, struct counters *sum);

/* How often the kernel skipped a program because it was active already. Returns 0 or -errno. */
int probe_missed(const struct probe *probe, enum wire_program program, uint64_t *missed);

/*
 * The path of cgroup `id`, as the BPF programs kept it, in `path` (WIRE_PATH_SIZE bytes, zero-ended).
 * `probe` is a struct probe. Returns 0, or -ENOENT if it is not among the last that were seen.
 */
int probe_cgroup_path(void *probe, uint64_t id, char *path);

/*
 * Gives a socket of our own storage, as the programs give it to TCP's. Returns 0, or a negative errno
 * where the kernel cannot (see --check): counts are right then, but no peer is known.
 */
int probe_prove_storage(const struct probe *probe);

/* bpf/walk.bpf.h has both. */
enum probe_walk {
	PROBE_FILES, /* gives storage to sockets that have none and are to be swept */
	PROBE_SWEEP, /* makes every socket with storage report what it put off */
	PROBE_WALKS,
};

/*
 * Takes a step, because a user may have a hundred processes with a million files each: begins the walk,
 * or goes on with the one that is under way. Returns 0 at its end, -EAGAIN before, or another negative
 * errno.
 */
int probe_walk(struct probe *probe, enum probe_walk walk);

/* Ends a walk that is under way, so that the next step begins another. */
void probe_walk_end(struct probe *probe, enum probe_walk walk);

#endif
