/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The BPF object: loading and attaching its programs. */
#ifndef REXMIT_PROGRAMS_H
#define REXMIT_PROGRAMS_H

#include <stddef.h>
#include <stdint.h>

#include "handles.h"

/*
 * Loads the programs and makes the maps, with a ring of `ring_bytes` (a power of two, at least a
 * page) and `cpus` slots of counters. Sets `*host_netns` to the network namespace of the host's PID
 * 1. All `handles` must be -1. Sets all except the links of programs_attach(). Returns 0 or a
 * negative errno. After an error, all `handles` are -1 again.
 */
int programs_load(struct handles *handles, size_t ring_bytes, size_t cpus, uint32_t *host_netns);

/*
 * Describes the error `r` of programs_load(), including a missing member of a kernel structure. The
 * text is valid until the next call.
 */
const char *programs_problem(int r);

/* Attaches all programs, and adds their links to `handles`. Returns 0 or -errno. */
int programs_attach(struct handles *handles);

/* Returns a hash of the BPF object. A collector adopts only programs with the same hash. */
uint64_t programs_build(void);

#endif
