/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The exporter's counts about itself. The state keeps them over restarts.
 *
 * Each exposition first updates the counts in the state. If the exporter is killed, counts since
 * the last exposition are lost, but no count in an exposition ever decreases.
 */
#ifndef REXMIT_OWN_COUNTS_H
#define REXMIT_OWN_COUNTS_H

#include "http/http_server.h"

struct state;

struct own_counts {
	struct http_counts http;
	uint64_t log_lines_lost, event_lines_lost, reader_lines_lost;
};

struct own_totals {
	struct state *state;
	struct own_counts *counts; /* belongs to the state */
	struct own_counts before;  /* counts of earlier processes */
};

/* Returns 0 or a negative errno. */
int own_counts_init(struct own_totals *totals, struct state *state);
void own_counts_deinit(struct own_totals *totals);

/* `now` has the counts since this process started. */
void own_counts_update(struct own_totals *totals, const struct own_counts *now);

#endif
