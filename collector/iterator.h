/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#ifndef REXMIT_ITERATOR_H
#define REXMIT_ITERATOR_H

/* Runs the BPF program of an iterator's `link` over all objects. Returns 0 or -errno. */
int iterator_run(int link);

/*
 * Continues the walk of `*iterator` by one step, or starts one for `link` if it is -1. The kernel
 * ends a step after a million objects (MAX_ITER_OBJECTS, kernel/bpf/bpf_iter.c). Returns -EAGAIN
 * before the end of the walk. At its end returns 0 or -errno, and closes the iterator.
 */
int iterator_step(int *iterator, int link);

#endif
