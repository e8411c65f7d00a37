/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Resource usage of this process, for the process_* metrics that Prometheus exporters have. */
#ifndef REXMIT_PROCESS_H
#define REXMIT_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

struct process;

struct process_usage {
	uint64_t cpu_ns;
	uint64_t start_ms; /* since 1970 */
	uint64_t resident_bytes, virtual_bytes;
	uint64_t open_fds, max_fds;
	bool memory_known, start_known, open_fds_known; /* false if /proc is not available */
};

/*
 * Opens files of /proc/self. Call this before files are restricted. Returns 0 or a negative errno.
 */
int process_new(struct process **process);
void process_free(struct process *process);

void process_measure(struct process *process, struct process_usage *usage);

#endif
