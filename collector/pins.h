/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Pins: names of handles in a directory of bpffs. Pinned objects stay in the kernel when the
 * collector ends, so counting continues.
 */
#ifndef REXMIT_PINS_H
#define REXMIT_PINS_H

#include "handles.h"

/*
 * Makes the directory if it is missing. Only this user has access. Returns 0, -EPERM if another
 * user owns the directory or can write to it, -ENOTSUP if a new directory would not be in bpffs, or
 * another negative errno.
 */
int pins_make(const char *directory);

/*
 * Locks the directory against other collectors until this process ends. Returns the descriptor that
 * holds the lock, -EBUSY if another process holds the lock, -ENOTSUP if the directory is not in
 * bpffs, or another negative errno.
 */
int pins_lock(const char *directory);

/* Pins every handle, the identity first. After an error, nothing is pinned. Returns 0 or -errno. */
int pins_save(const char *directory, const struct handles *handles);

/*
 * Opens every handle. Returns 0, -ENOENT if there is no identity, -ENODATA if another handle is
 * missing, or another negative errno.
 */
int pins_load(const char *directory, struct handles *handles);

/*
 * Removes every entry of the directory, the identity last. Returns 0 or a negative errno. Entries
 * without an identity are not from a collector: the function removes nothing and returns
 * -ENOTEMPTY.
 */
int pins_remove(const char *directory);

/* Describes an error that one of these functions returned. */
const char *pins_problem(int r);

#endif
