/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * What the path of a cgroup says about its processes: the pod, the container and the unit.
 *
 * The names of the kubelet, of container runtimes and of systemd are conventions, not an interface,
 * so each part is recognized on its own, wherever it is in the path.
 */
#ifndef REXMIT_WORKLOAD_H
#define REXMIT_WORKLOAD_H

#include <stddef.h>

#define WORKLOAD_POD_UID_SIZE 37

/* A part of the path; `text` is not zero-terminated. Length 0: the path does not have one. */
struct workload_part {
	const char *text;
	size_t length;
};

struct workload {
	/* As the Kubernetes API writes it: a UUID with hyphens, or 32 digits of a static pod. */
	char pod_uid[WORKLOAD_POD_UID_SIZE];
	struct workload_part container_id; /* 64 hexadecimal digits */
	struct workload_part unit;         /* of the host's systemd */
};

/* `path` is that of a cgroup, from the root of the hierarchy. */
void workload_parse(struct workload *workload, const char *path);

#endif
