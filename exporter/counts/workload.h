/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The pod, the container and the unit in the path of a cgroup.
 *
 * The names that the kubelet, container runtimes and systemd give to cgroups are conventions, not
 * an interface. Therefore each part is recognized independently of the others, anywhere in the
 * path.
 */
#ifndef REXMIT_WORKLOAD_H
#define REXMIT_WORKLOAD_H

#include <stddef.h>

#define WORKLOAD_POD_UID_SIZE 37

/* A part of the path, not zero-terminated. Length 0: the path has no such part. */
struct workload_part {
	const char *text;
	size_t length;
};

struct workload {
	/* As in the Kubernetes API: a UUID with hyphens, or 32 digits of a static pod. */
	char pod_uid[WORKLOAD_POD_UID_SIZE];
	struct workload_part container_id; /* 64 hexadecimal digits */
	struct workload_part unit;         /* unit of the host's systemd */
};

/* `path` is a cgroup's path from the root of the hierarchy. */
void workload_parse(struct workload *workload, const char *path);

#endif
