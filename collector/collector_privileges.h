/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The privileges of the process. The .c file explains how they are dropped. */
#ifndef REXMIT_COLLECTOR_PRIVILEGES_H
#define REXMIT_COLLECTOR_PRIVILEGES_H

#include <stdbool.h>

#include "user.h"

/*
 * Whether the process may load BPF programs and keep doing so: with CAP_BPF and CAP_PERFMON. With
 * CAP_SYS_ADMIN alone the kernel loads them, but privileges_drop() cannot keep the two.
 */
bool privileges_can_load(void);

/*
 * Drops all privileges permanently, except CAP_BPF and CAP_PERFMON if `keep_caps` is true. If the
 * process runs as root, it becomes `user`, which must not be root. Otherwise `user` is ignored.
 * Returns 0, or a negative errno with one line logged. After an error, the caller must end the
 * program.
 */
int privileges_drop(const struct user *user, bool keep_caps);

#endif
