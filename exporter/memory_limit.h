/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Whether the memory limit of the cgroup suffices for the series of --max-series. */
#ifndef REXMIT_MEMORY_LIMIT_H
#define REXMIT_MEMORY_LIMIT_H

#include <stdint.h>

#include "exporter_options.h"

/*
 * Returns the lowest memory limit, in bytes, of the process's cgroup and its ancestors. Returns
 * UINT64_MAX if no limit can be read. `proc` and `sys` are "/proc" and "/sys", except in tests.
 */
uint64_t memory_limit(const char *proc, const char *sys);

/* Returns the bytes that the exporter needs for the maximum number of series. */
uint64_t memory_needed(const struct options *options);

/*
 * Returns 0, or -ENOMEM after logging one line with the needed bytes and the limit. Disables huge pages
 * for this process if the limit has no room for them.
 */
int memory_limit_check(const struct options *options);

#endif
