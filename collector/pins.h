/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Handles pinned under names in a directory of bpffs. Pinned handles outlive the collector, so that
 * counting continues while no collector runs.
 */
#ifndef REXMIT_PINS_H
#define REXMIT_PINS_H

#include "handles.h"

/*
 * Makes the directory, accessible to this user only, if it is missing. Returns 0, -EPERM if another
 * user owns it or can write to it, -ENOTSUP if it would not be in bpffs, or another negative errno.
 */
int pins_make(const char *directory);

/*
 * Locks the directory against a second collector until this process ends. Returns the descriptor
 * that holds the lock, -EBUSY if another process holds it, -ENOTSUP if the directory is not in
 * bpffs, or another negative errno.
 */
int pins_lock(const char *directory);

/* Pins every handle, the identity first. Returns 0, or a negative errno and pins nothing. */
int pins_save(const char *directory, const struct handles *handles);

/*
 * Opens what is pinned. Returns 0, -ENOENT if there is no identity, -ENODATA if another handle is
 * missing, or another negative errno.
 */
int pins_load(const char *directory, struct handles *handles);

/*
 * Removes every entry of the directory, the identity last. Returns 0, -ENOTEMPTY if there are
 * entries but no identity (they are not ours and stay), or another negative errno.
 */
int pins_remove(const char *directory);

/* Describes an error that one of these functions returned. */
const char *pins_problem(int r);

#endif
