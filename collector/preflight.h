/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Checks whether this host can run the BPF programs. */
#ifndef REXMIT_PREFLIGHT_H
#define REXMIT_PREFLIGHT_H

/*
 * For --check: prints a line for each requirement, with a remedy for each that is not met. Returns
 * 0, -ENOTSUP if a requirement is not met, or another negative errno with one line logged.
 */
int preflight_print(void);

/* For the start. Returns 0, or a negative errno with the first unmet requirement logged. */
int preflight_require(void);

#endif
