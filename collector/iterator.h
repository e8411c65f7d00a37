/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#ifndef REXMIT_ITERATOR_H
#define REXMIT_ITERATOR_H

/* Runs the BPF program of an iterator's `link` over all objects. Returns 0 or -errno. */
int iterator_run(int link);

/*
 * Continues the walk of `iterator` (from bpf_iter_create()) by one step. The kernel ends a read
 * after a million objects (MAX_ITER_OBJECTS, kernel/bpf/bpf_iter.c). Returns 0 at the end of the
 * walk, -EAGAIN before it, or -errno.
 */
int iterator_step(int iterator);

#endif
