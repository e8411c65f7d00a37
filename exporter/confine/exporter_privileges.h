/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The exporter needs no privilege, and refuses to run with one. */
#ifndef REXMIT_EXPORTER_PRIVILEGES_H
#define REXMIT_EXPORTER_PRIVILEGES_H

#include <stdbool.h>

/*
 * Fails with -EPERM for uid 0 and for any permitted, inheritable or ambient capability, unless
 * `allow_root`. Then sets no_new_privs and clears the dumpable flag. Returns 0, or a negative errno
 * after logging one line.
 */
int privileges_refuse(bool allow_root);

#endif
