/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Handles kept under names in a directory of bpffs: what is pinned outlives the collector, so that
 * counting goes on while none runs.
 */
#ifndef REXMIT_PINS_H
#define REXMIT_PINS_H

#include "handles.h"

/*
 * Makes the directory, for us alone, if it is missing. Returns 0, or -EPERM if it is somebody
 * else's, too, -ENOTSUP if it would not be in bpffs, or another negative errno.
 */
int pins_make(const char *directory);

/*
 * Locks the directory against a second collector, until this process ends. Returns the descriptor
 * that holds the lock, or -EBUSY if another one has it, -ENOTSUP if the directory is not in bpffs,
 * or another negative errno.
 */
int pins_lock(const char *directory);

/* Pins every handle, the identity first. Returns 0 or a negative errno and has pinned nothing. */
int pins_save(const char *directory, const struct handles *handles);

/*
 * Takes over what is pinned. Returns 0, or -ENOENT if there is no identity, -ENODATA if something
 * else is missing, or another negative errno.
 */
int pins_load(const char *directory, struct handles *handles);

/*
 * Removes every entry of the directory, the identity last. Returns 0, or -ENOTEMPTY if there are
 * entries and no identity: those are not ours, and stay. Or another negative errno.
 */
int pins_remove(const char *directory);

/* What one of these returned, in words. */
const char *pins_problem(int err);

#endif
