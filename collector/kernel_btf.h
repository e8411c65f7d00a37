/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Which features the BTF of the running kernel shows. Versions do not tell, because distributions
 * backport.
 */
#ifndef REXMIT_KERNEL_BTF_H
#define REXMIT_KERNEL_BTF_H

#include <stdbool.h>

/* The features that are required, and one more. For each there is a kernel without it. */
struct kernel_features {
	bool btf;        /* /sys/kernel/btf/vmlinux: CONFIG_DEBUG_INFO_BTF=y */
	bool sk_storage; /* bpf_sk_storage_get() for tracing programs: 5.11 */
	bool atomics;    /* and recursion_misses, added together with them: 5.12 */
	/* Of the patches before 5.4 that distributions used, such as RHEL 8. Not a requirement. */
	bool hidden_lockdown;
	/* Of protocol/tracepoints.h, with its purpose; NULL: none. CONFIG_NET, CONFIG_TRACEPOINTS */
	const char *missing_tracepoint;
};

/*
 * Searches only for names in the BTF, each of which belongs to one thing. libbpf takes four times
 * as long to parse it. Returns 0, or a negative errno if the BTF exists and cannot be read.
 */
int kernel_btf_features(struct kernel_features *features);

#endif
