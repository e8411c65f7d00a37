/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Requests the exporter's JSON summary. */
#ifndef REXMIT_FETCH_H
#define REXMIT_FETCH_H

#include "terminal/target.h"

#define FETCH_REASON_SIZE 1024

/*
 * Sets `*body` to the summary, which the caller frees. Returns 0, or a negative errno with one line
 * in `reason`: the failure and the remedy.
 */
int fetch_summary(const struct target *target, char **body, char reason[FETCH_REASON_SIZE]);

#endif
