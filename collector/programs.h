/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The BPF object: loading and attaching it. */
#ifndef REXMIT_PROGRAMS_H
#define REXMIT_PROGRAMS_H

#include <stddef.h>
#include <stdint.h>

#include "handles.h"

/*
 * Loads the programs and makes the maps, with a ring of `ring_bytes` (a power of two of at least a
 * page) and `cpus` slots of counters. Fills `handles`, all -1 before the call, except the links.
 * Finds the network namespace of PID 1. Returns 0 or a negative errno. The caller closes `handles`
 * in both cases.
 */
int programs_load(struct handles *handles, size_t ring_bytes, size_t cpus, uint32_t *host_netns);

/*
 * Why programs_load() has failed with `r`: the member of a kernel structure that is missing, if one
 * is. The text is valid until the next call.
 */
const char *programs_problem(int r);

/* Attaches everything and adds the links to `handles`: counting starts. Returns 0 or -errno. */
int programs_attach(struct handles *handles);

/* Hash of the embedded object. Objects that another build loaded cannot be adopted. */
uint64_t programs_build(void);

#endif
