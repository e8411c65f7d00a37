/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The paths of cgroups, by id. A program stores the path when it first sees a socket of the cgroup.
 * Neither the collector nor the exporter reads the cgroup file system. The path stays known after
 * the cgroup is removed.
 */
#ifndef REXMIT_CGROUP_H
#define REXMIT_CGROUP_H

#include "protocol/wire.h"
#include "quirks.bpf.h"

#define CGROUP_PATHS 2048
#define CGROUP_DEPTH 10 /* levels shown; Kubernetes uses four or five */

/* This text replaces the levels near the root if a path is too long or too deep. */
#define CGROUP_CUT "/..."
#define CGROUP_CUT_LENGTH 4

/* The largest size of the last level's name, with its terminating zero. */
#define CGROUP_NAME_SIZE (WIRE_PATH_SIZE - 1 - CGROUP_CUT_LENGTH)

struct cgroup_path {
	char text[WIRE_PATH_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CGROUP_PATHS);
	__type(key, u64);
	__type(value, struct cgroup_path);
} rexmit_cgroups SEC(".maps");

struct cgroup_scratch {
	u32 busy;
	/* The path is in the first half. The second half is for names. With this size the verifier
	 * can see that an offset plus a length is in bounds. */
	char text[2 * WIRE_PATH_SIZE];
};

/*
 * One buffer is for a task. The other is for a softirq or a task that interrupts the first task. If
 * both are busy, a later record of the cgroup stores the path.
 */
#define CGROUP_SCRATCHES 2

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, CGROUP_SCRATCHES);
	__type(key, u32);
	__type(value, struct cgroup_scratch);
} rexmit_scratch SEC(".maps");

/*
 * `id << 8 | minute` of the last cgroup whose path this CPU found stored. This value saves lookups,
 * because most connections belong to a few cgroups.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} rexmit_cgroup SEC(".maps");

static __always_inline struct cgroup_scratch *scratch_take(void)
{
	for (u32 i = 0; i < CGROUP_SCRATCHES; i++) {
		u32 key = i;
		struct cgroup_scratch *scratch = bpf_map_lookup_elem(&rexmit_scratch, &key);

		if (scratch && !__sync_lock_test_and_set(&scratch->busy, 1))
			return scratch;
	}
	return NULL;
}

/*
 * Writes the path of `node` to the end of the first half of `text`. Returns the offset of the
 * path's first character. The function goes from the leaf to the root, because the leaf has the
 * most information (a container's id). A leaf that is too long is cut.
 */
static __always_inline u32 write_path(char *text, struct kernfs_node *node)
{
	char *name = text + WIRE_PATH_SIZE;
	u32 at = WIRE_PATH_SIZE - 1;

	text[at] = '\0';
	for (u32 i = 0; i <= CGROUP_DEPTH; i++) {
		struct kernfs_node *parent = kernfs_parent(node);
		u32 room = at - CGROUP_CUT_LENGTH;
		long length;

		if (!parent) { /* the root, whose name is not shown */
			at -= !i;
			text[at & (WIRE_PATH_SIZE - 1)] = '/';
			return at;
		}
		/* The length includes the terminating zero, which leaves room for a slash. */
		length = bpf_probe_read_kernel_str(
			name, CGROUP_NAME_SIZE, BPF_CORE_READ(node, name));
		if (i == CGROUP_DEPTH || length <= 0 || length > room)
			break;
		at -= (u32)length;
		text[at & (WIRE_PATH_SIZE - 1)] = '/';
		bpf_probe_read_kernel(text + ((at + 1) & (WIRE_PATH_SIZE - 1)),
			(u32)(length - 1) & (WIRE_PATH_SIZE - 1), name);
		node = parent;
	}
	at -= CGROUP_CUT_LENGTH;
	__builtin_memcpy(text + (at & (WIRE_PATH_SIZE - 1)), CGROUP_CUT, CGROUP_CUT_LENGTH);
	return at;
}

/*
 * Stores the path of the kernfs_node at `address` as the path of cgroup `id`, unless `id` already
 * has a path. Returns whether `id` has a path now. This function is not static, so the verifier
 * checks it only once. `address` is a number, because such a function cannot have a parameter of a
 * kernel type.
 */
__noinline int cgroup_remember(u64 address, u64 id)
{
	struct cgroup_scratch *scratch;
	char *text;
	int kept;

	if (bpf_map_lookup_elem(&rexmit_cgroups, &id))
		return 1;
	scratch = scratch_take();
	if (!scratch)
		return 0;
	text = scratch->text;
	text += write_path(text, (void *)address) & (WIRE_PATH_SIZE - 1);
	kept = bpf_map_update_elem(&rexmit_cgroups, &id, text, BPF_ANY) == 0;
	scratch->busy = 0;
	return kept;
}

#endif
