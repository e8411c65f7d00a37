/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * What the running kernel's BTF says that it can do: features, not versions, because
 * distributions backport.
 */
#ifndef REXMIT_KERNEL_BTF_H
#define REXMIT_KERNEL_BTF_H

#include <stdbool.h>

/* What is needed; for each there is a kernel that lacks it. */
struct kernel_features {
	bool btf;         /* /sys/kernel/btf/vmlinux: CONFIG_DEBUG_INFO_BTF=y */
	bool tracepoints; /* those that are hooked: CONFIG_NET, CONFIG_TRACEPOINTS */
	bool sk_storage;  /* bpf_sk_storage_get() for tracing programs: 5.11 */
	bool atomics;     /* and recursion_misses, which came with them: 5.12 */
};

/*
 * By the names in the BTF alone, each of which is of one thing: libbpf, which loads the programs, takes
 * four times as long to parse it. Returns 0 or a negative errno if it is there and cannot be read.
 */
int kernel_btf_features(struct kernel_features *features);

#endif
