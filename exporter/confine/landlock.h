/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* What the list of system calls cannot see: which file, which address (landlock(7)). */
#ifndef REXMIT_EXPORTER_LANDLOCK_H
#define REXMIT_EXPORTER_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * For good, as far as the kernel can: forbids connect(2) and bind(2) of TCP to any address (EACCES),
 * connect(2) to abstract sockets of AF_UNIX that others made (EPERM), and with `files` each access to
 * files (EACCES), except reading those in the directories of `readable`, where a NULL is passed over,
 * and in the directories that these lead to by symbolic links. Disconnecting (AF_UNSPEC) stays
 * allowed, and so do sockets of AF_UNIX that have a path. Needs no_new_privs. A kernel that can do
 * less is no error. Returns 0 or a negative errno with one line logged.
 */
int landlock_restrict(bool files, const char *const readable[], size_t count);

#endif
