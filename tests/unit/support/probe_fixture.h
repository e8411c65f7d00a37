/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * What a probe needs of programs.c, pins.c and the kernel. Its maps are files in memory, and no
 * program is loaded.
 */
#ifndef TEST_PROBE_FIXTURE_H
#define TEST_PROBE_FIXTURE_H

#include "bpf/identity.h"
#include "probe.h"

#define CPUS 3
#define RING_BYTES 4096
#define BUILD 4711
#define HOST_NETNS 12
#define OBJECT_ID 77 /* of each pinned object */
#define ACKNOWLEDGED 78

/* What the calls return, and how many there were. */
extern struct fake_kernel {
	int load_result, attach_result, pin_result, adopt_result, remove_result;
	int cpus;
	bool ring_damaged;
	struct identity pinned; /* the identity in bpffs */
	unsigned attached, saved, removed;
} fake;

extern unsigned fds_before;

void probe_setup(void);
void probe_teardown(void);

#endif
