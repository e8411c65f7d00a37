/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#ifndef REXMIT_PRIVILEGES_H
#define REXMIT_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

/* Whether CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN, which includes both, are effective. */
bool privileges_can_load(void);

/*
 * The user and group ids of `name`; of `fallback` if `name` is NULL and there is such a user.
 * Returns 0, -ENOENT if `name` is NULL and there is no `fallback`, or another negative errno with
 * one line logged that names `flag`.
 */
int privileges_find_user(
	const char *flag, const char *name, const char *fallback, uid_t *uid, gid_t *gid);

#endif
