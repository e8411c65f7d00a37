/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Walks with BPF iterators. An iterator calls its program for each object of one kind. */
#ifndef REXMIT_ITERATOR_H
#define REXMIT_ITERATOR_H

/* Performs a walk with the iterator of `link`. Returns 0 or -errno. */
int iterator_run(int link);

/*
 * Performs one step of a walk. If `*iterator` is -1, starts a walk for `link`. The kernel ends a
 * step after a million objects (MAX_ITER_OBJECTS, kernel/bpf/bpf_iter.c). Returns -EAGAIN if the
 * walk has not ended. At the end of the walk, closes `*iterator`, sets it to -1, and returns 0 or
 * another negative errno.
 */
int iterator_step(int *iterator, int link);

#endif
