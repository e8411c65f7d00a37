/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The BPF object: loading and attaching it. */
#ifndef REXMIT_PROGRAMS_H
#define REXMIT_PROGRAMS_H

#include <stddef.h>
#include <stdint.h>

#include "handles.h"

/*
 * Loads the programs and makes the maps, with a ring of `ring_bytes` (a power of two of at least a page)
 * and `cpus` slots of counters; fills `handles`, all of them -1 before, but for the links. Finds the
 * network namespace of PID 1. Returns 0 or a negative errno; what is in `handles` is to be closed
 * either way.
 */
int programs_load(struct handles *handles, size_t ring_bytes, size_t cpus, uint32_t *host_netns);

/* Attaches everything and adds the links to `handles`: counting starts. Returns 0 or -errno. */
int programs_attach(struct handles *handles);

/* Hash of the embedded object: what another build has loaded is not this build's to take over. */
uint64_t programs_build(void);

#endif
