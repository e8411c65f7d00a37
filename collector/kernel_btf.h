/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Finds features of the running kernel in its BTF. The kernel's version does not show them, because
 * distributions backport features.
 */
#ifndef REXMIT_KERNEL_BTF_H
#define REXMIT_KERNEL_BTF_H

#include <stdbool.h>

/* All are requirements, except hidden_lockdown. */
struct kernel_features {
	bool btf;        /* /sys/kernel/btf/vmlinux exists: CONFIG_DEBUG_INFO_BTF=y */
	bool sk_storage; /* tracing programs can call bpf_sk_storage_get(): since 5.11 */
	bool atomics;    /* BPF has atomic operations, and recursion_misses: both since 5.12 */
	/* The kernel has the lockdown that distributions such as RHEL 8 used before 5.4. */
	bool hidden_lockdown;
	/* A tracepoint of protocol/tracepoints.h that the kernel does not have, with its purpose,
	 * or NULL. They need CONFIG_NET and CONFIG_TRACEPOINTS. */
	const char *missing_tracepoint;
};

/*
 * Searches the BTF for names only. This suffices, because each of the names means one thing.
 * libbpf, which parses the BTF, needs four times as long. Returns 0, or a negative errno if the BTF
 * exists and cannot be read.
 */
int kernel_btf_features(struct kernel_features *features);

#endif
