/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The path of a socket's cgroup, kept by id when the cgroup is first seen: neither process needs a
 * file system to look it up in, and the cgroup may be gone when somebody asks.
 */
#ifndef REXMIT_CGROUP_H
#define REXMIT_CGROUP_H

#include "protocol/wire.h"
#include "quirks.bpf.h"

#define CGROUP_PATHS 2048
#define CGROUP_DEPTH 10 /* levels shown; Kubernetes uses four or five, more in a container */

/* Stands for the levels near the root of a path that is too long or too deep to be shown whole. */
#define CGROUP_CUT "/..."
#define CGROUP_CUT_LENGTH 4

/* Of a name, with its final zero: what there is room for in the last place. */
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

/* Twice a path, so that a bounded offset plus a bounded length is in bounds for the verifier. */
struct cgroup_scratch {
	u32 busy;
	char text[2 * WIRE_PATH_SIZE];
};

/* For a task, and for the softirq, or other task, that comes in between; with none free, a later record
 * names it. */
#define CGROUP_SCRATCHES 2

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, CGROUP_SCRATCHES);
	__type(key, u32);
	__type(value, struct cgroup_scratch);
} rexmit_scratch SEC(".maps");

/* The cgroup whose path was last seen to be kept on this CPU, and when: most connections share few. */
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
 * Writes the path of `node` to the end of `text`, whose second half is scratch, and returns where it
 * begins. From the leaf up, as that tells most (a container's id); a leaf that is too long is cut.
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

		if (!parent) { /* the root, which has no name to show */
			at -= !i;
			text[at & (WIRE_PATH_SIZE - 1)] = '/';
			return at;
		}
		/* The name with its final zero, in whose place there will be a slash. */
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
 * Keeps the path of the kernfs_node at `address`, unless it is known. Returns whether it is kept. Not
 * static, so that the verifier looks at it once, by itself, not again on every path that leads here;
 * such a function takes no pointers to kernel types, hence the number.
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
