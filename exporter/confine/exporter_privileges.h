/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The exporter needs no privileges, and refuses to run with any. */
#ifndef REXMIT_EXPORTER_PRIVILEGES_H
#define REXMIT_EXPORTER_PRIVILEGES_H

#include <stdbool.h>

/*
 * Unless `allow_root`, fails with -EPERM if the process has uid 0, or any permitted, inheritable or
 * ambient capability. Otherwise sets no_new_privs and clears the dumpable flag. Returns 0, or a
 * negative errno after logging one line.
 */
int privileges_refuse(bool allow_root);

#endif
