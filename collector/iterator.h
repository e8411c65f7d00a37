/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#ifndef REXMIT_ITERATOR_H
#define REXMIT_ITERATOR_H

/* Runs the BPF program behind an iterator's `link` over all that it walks. Returns 0 or -errno. */
int iterator_run(int link);

/*
 * Takes a step of the walk of `iterator` (of bpf_iter_create()): the kernel ends a read after a million
 * objects (MAX_ITER_OBJECTS, kernel/bpf/bpf_iter.c). Returns 0 at the end, -EAGAIN before, or -errno.
 */
int iterator_step(int iterator);

#endif
