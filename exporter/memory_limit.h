/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Whether all the series that --max-series allows fit into the memory that the cgroup allows. */
#ifndef REXMIT_MEMORY_LIMIT_H
#define REXMIT_MEMORY_LIMIT_H

#include <stdint.h>

#include "exporter_options.h"

/*
 * The least limit of the process's cgroup and of those above it, in bytes; UINT64_MAX if there is
 * none, or if it cannot be read. `proc` and `sys` are "/proc" and "/sys".
 */
uint64_t memory_limit(const char *proc, const char *sys);

/* What the exporter needs with so many series as the options allow, while it sends its metrics. */
uint64_t memory_needed(const struct options *options);

/* Returns 0, or -ENOMEM with a line in the log that has the arithmetic. */
int memory_limit_check(const struct options *options);

#endif
