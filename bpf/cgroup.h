/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The path of a socket's cgroup, kept by id when the cgroup is first seen: neither process needs a
 * file system to look it up in, and the cgroup may be gone when somebody asks.
 */
#ifndef REXMIT_CGROUP_H
#define REXMIT_CGROUP_H

#include "wire.h"

#define CGROUP_PATHS 2048
#define CGROUP_DEPTH 10 /* levels kept; Kubernetes uses four or five */

struct cgroup_path {
	char text[WIRE_PATH_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CGROUP_PATHS);
	__type(key, u64);
	__type(value, struct cgroup_path);
} cgroup_paths SEC(".maps");

/* Twice a path, so that a bounded offset plus a bounded length is in bounds for the verifier. */
struct cgroup_scratch {
	u32 busy;
	char text[2 * WIRE_PATH_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct cgroup_scratch);
} cgroup_scratch SEC(".maps");

/* Writes the path of `node` to `text`, whose second half is scratch. */
static __always_inline void write_path(char *text, struct kernfs_node *node)
{
	struct kernfs_node *nodes[CGROUP_DEPTH] = {0};
	u32 length = 0;

	/* The root has no parent, and no name to show. */
	for (int i = 0; i < CGROUP_DEPTH && node; i++) {
		struct kernfs_node *parent = kernfs_parent(node);

		if (!parent)
			break;
		nodes[i] = node;
		node = parent;
	}
	text[0] = '/';
	text[1] = '\0';
#pragma unroll
	for (int i = CGROUP_DEPTH - 1; i >= 0; i--) {
		long n;

		if (!nodes[i] || length >= WIRE_PATH_SIZE - 1)
			continue;
		text[length & (WIRE_PATH_SIZE - 1)] = '/';
		length++;
		n = bpf_probe_read_kernel_str(text + (length & (WIRE_PATH_SIZE - 1)),
			WIRE_PATH_SIZE, BPF_CORE_READ(nodes[i], name));
		if (n > 0)
			length += (u32)n - 1;
	}
	text[WIRE_PATH_SIZE - 1] = '\0';
}

/*
 * Keeps the path of the kernfs_node at `address`, unless it is known. Returns whether it is kept. Not
 * static, so that the verifier looks at it once, by itself, not again on every path that leads here;
 * such a function takes no pointers to kernel types, hence the number.
 */
__noinline int cgroup_remember(u64 address, u64 id)
{
	struct cgroup_scratch *scratch;
	u32 zero = 0;
	int kept;

	if (bpf_map_lookup_elem(&cgroup_paths, &id))
		return 1;
	scratch = bpf_map_lookup_elem(&cgroup_scratch, &zero);
	/* Busy if a softirq came in between: the next event of the cgroup will do it. */
	if (!scratch || __sync_lock_test_and_set(&scratch->busy, 1))
		return 0;
	write_path(scratch->text, (void *)address);
	kept = bpf_map_update_elem(&cgroup_paths, &id, scratch->text, BPF_ANY) == 0;
	scratch->busy = 0;
	return kept;
}

#endif
