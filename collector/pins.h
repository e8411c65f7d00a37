/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Pins handles under names in a directory of bpffs. Pinned objects stay in the kernel when the
 * collector ends, so counting continues.
 */
#ifndef REXMIT_PINS_H
#define REXMIT_PINS_H

#include "handles.h"

/*
 * Makes the directory if it is missing, accessible to this user only. Returns 0, -EPERM if another
 * user owns the directory or can write to it, -ENOTSUP if a new directory would not be in bpffs, or
 * another negative errno.
 */
int pins_make(const char *directory);

/*
 * Locks the directory against a second collector until this process ends. Returns the descriptor
 * that holds the lock, -EBUSY if another process holds it, -ENOTSUP if the directory is not in
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
 * Removes every entry of the directory, the identity last. If there are entries but no identity, no
 * collector has pinned them; then it removes nothing and returns -ENOTEMPTY. Otherwise returns 0 or
 * another negative errno.
 */
int pins_remove(const char *directory);

/* Describes an error that one of these functions returned. */
const char *pins_problem(int r);

#endif
