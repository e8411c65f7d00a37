/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Whether this host can run the BPF programs, found out before anything is loaded. */
#ifndef REXMIT_PREFLIGHT_H
#define REXMIT_PREFLIGHT_H

/* --check: prints a line for each need, with the remedy for what lacks. Returns 0 or -ENOTSUP. */
int preflight_print(void);

/* At start: logs the first need that is not met. Returns 0 or a negative errno. */
int preflight_require(void);

#endif
