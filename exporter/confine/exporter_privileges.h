/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The exporter has no privilege to lose: it refuses to run with one. */
#ifndef REXMIT_EXPORTER_PRIVILEGES_H
#define REXMIT_EXPORTER_PRIVILEGES_H

#include <stdbool.h>

/*
 * Whether this process is an ordinary one: no uid 0 and no permitted, inheritable or ambient
 * capability, which `allow_root` forgives; then sets no_new_privs and clears the dumpable flag, so
 * that it stays one. Returns 0, or a negative errno with one line logged.
 */
int privileges_refuse(bool allow_root);

#endif
