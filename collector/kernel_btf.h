/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The features of the running kernel, from its BTF. The kernel's version does not show the
 * features, because distributions backport them.
 */
#ifndef REXMIT_KERNEL_BTF_H
#define REXMIT_KERNEL_BTF_H

#include <stdbool.h>

/* All are requirements, except hidden_lockdown. */
struct kernel_features {
	bool btf;        /* /sys/kernel/btf/vmlinux exists: CONFIG_DEBUG_INFO_BTF=y */
	bool sk_storage; /* tracing programs can call bpf_sk_storage_get(): since 5.11 */
	bool atomics;    /* BPF has atomic operations and recursion_misses, both since 5.12 */
	/* The kernel has a lockdown from before 5.4, as RHEL 8 does. */
	bool hidden_lockdown;
	/* Name and purpose of a tracepoint in protocol/tracepoints.h that the kernel does not have,
	 * or NULL. */
	const char *missing_tracepoint;
};

/*
 * Only searches the BTF for names. This takes a quarter of the time of libbpf's parser. Returns 0,
 * or a negative errno if the BTF exists and cannot be read.
 */
int kernel_btf_features(struct kernel_features *features);

#endif
