/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A socket of TCP that was accepted is used as such and for nothing else (landlock(7)). */
#ifndef REXMIT_EXPORTER_LANDLOCK_H
#define REXMIT_EXPORTER_LANDLOCK_H

/*
 * Forbids connect(2) and bind(2) of TCP to any address, for good: EACCES. Needs no_new_privs.
 * Disconnecting (AF_UNSPEC) stays allowed, and so do sockets of AF_UNIX. A kernel that cannot do it
 * is no error. Returns 0 or a negative errno with one line logged.
 */
int landlock_restrict_tcp(void);

#endif
