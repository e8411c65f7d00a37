/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The BPF programs and their maps, from load to detach. */
#ifndef REXMIT_PROBE_H
#define REXMIT_PROBE_H

#include <stddef.h>
#include <stdint.h>

#include "counters.h"

struct probe;

/* In the order of the label of WIRE_COUNTER_MISSED. */
enum probe_program {
	PROBE_RETRANSMIT_SKB,
	PROBE_RETRANSMIT_SKB_AGAIN,
	PROBE_RETRANSMIT_SYNACK,
	PROBE_DESTROY_SOCK,
	PROBE_SET_STATE,
	PROBE_PROGRAMS,
};

/*
 * Loads the programs and makes the maps, with a ring of `ring_bytes` (a power of two of at least a
 * page). Nothing is attached yet. Returns 0 or a negative errno, with one line logged.
 */
int probe_new(struct probe **probe, size_t ring_bytes);

/* Attaches everything; counting starts. Returns 0 or a negative errno, with one line logged. */
int probe_attach(struct probe *probe);

/* Detaches everything; what is in the maps stays. */
void probe_detach(struct probe *probe);

/* Accepts NULL. */
void probe_free(struct probe *probe);

/* The ring's file descriptor; stays the probe's. */
int probe_ring_fd(const struct probe *probe);

/* CLOCK_BOOTTIME of the attachment, ns. */
uint64_t probe_attached_ns(const struct probe *probe);

/* Inode number of the network namespace of PID 1; 0 if it could not be found. */
uint32_t probe_host_netns(const struct probe *probe);

/* Sum of the counters over all CPUs. No system call. */
void probe_counters(const struct probe *probe, struct counters *sum);

/* How often the kernel skipped a program because it was active already. Returns 0 or -errno. */
int probe_missed(const struct probe *probe, enum probe_program program, uint64_t *missed);

/*
 * The path of cgroup `id`, as the BPF programs kept it, in `path` (WIRE_PATH_SIZE bytes, zero-ended).
 * `probe` is a struct probe. Returns 0, or -ENOENT if it is not among the last that were seen.
 */
int probe_cgroup_path(void *probe, uint64_t id, char *path);

/* Makes every socket report what it put off; see sweep() in bpf/. Returns 0 or -errno. */
int probe_sweep(struct probe *probe);

#endif
