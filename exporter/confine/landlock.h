/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Restrictions of paths and addresses, which a system call filter cannot see (landlock(7)). */
#ifndef REXMIT_EXPORTER_LANDLOCK_H
#define REXMIT_EXPORTER_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Restricts the process until it ends, as far as the kernel supports it. Denies:
 * - connect(2) and bind(2) of TCP sockets to any address (EACCES);
 * - connect(2) to abstract AF_UNIX sockets of other processes (EPERM);
 * - with `files`, all access to files (EACCES). Exception: reading in the directory of each
 *   `readable` file, and of its symbolic link's target. NULL entries are skipped.
 *
 * Disconnecting (AF_UNSPEC) and AF_UNIX sockets with a path stay allowed. The process must have
 * no_new_privs. Returns 0, also without Landlock, or a negative errno after logging one line.
 */
int landlock_restrict(bool files, const char *const readable[], size_t count);

#endif
