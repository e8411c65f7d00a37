/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A kernel with one process, which has ids and capability sets. As in the real kernel, a call needs
 * the capabilities that the process may have dropped.
 */
#ifndef TEST_PRIVILEGED_PROCESS_H
#define TEST_PRIVILEGED_PROCESS_H

#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/capability.h>
#include <sys/types.h>

#define BIT(cap) (UINT64_C(1) << (cap))
#define ALL_CAPS (UINT64_MAX >> (63 - CAP_LAST_CAP))

extern struct process {
	uint64_t sets[3]; /* by cap_flag_t */
	uint64_t bounding, ambient;
	uid_t uid[3];
	gid_t gid[3];
	int groups;
	unsigned securebits;
	bool no_new_privs, dumpable;
} process;

/* Called at the end of the last step. Makes the kernel show another value than was set. */
extern void (*falsify)(void);

#endif
