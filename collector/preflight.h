/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Checks before loading whether this host can run the BPF programs. */
#ifndef REXMIT_PREFLIGHT_H
#define REXMIT_PREFLIGHT_H

/*
 * --check: prints a line for each requirement, with a remedy if it is not met. Returns 0 or
 * -ENOTSUP.
 */
int preflight_print(void);

/* At start: logs the first requirement that is not met. Returns 0 or a negative errno. */
int preflight_require(void);

#endif
