/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Dropping privileges; the .c file explains why it is safe. */
#ifndef REXMIT_PRIVILEGES_H
#define REXMIT_PRIVILEGES_H

#include <stdbool.h>

#include "user.h"

/* Whether CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN, which includes both, are effective. */
bool privileges_can_load(void);

/*
 * Keeps CAP_BPF and CAP_PERFMON (none if `keep_caps` is false), drops everything else for good, and
 * reads the state back from the kernel. Started as root, the process becomes `user`, which is not
 * root; otherwise it keeps its user and ignores `user`. Returns 0, or a negative errno with one
 * line logged: the caller must then end the program.
 */
int privileges_drop(const struct user *user, bool keep_caps);

#endif
