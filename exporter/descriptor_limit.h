/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Whether the limit of open files suffices for all clients and for everything else. */
#ifndef REXMIT_DESCRIPTOR_LIMIT_H
#define REXMIT_DESCRIPTOR_LIMIT_H

/*
 * Raises RLIMIT_NOFILE if necessary. Returns 0, or a negative errno after logging one line with the
 * needed number and the limit.
 */
int descriptor_limit_check(void);

#endif
