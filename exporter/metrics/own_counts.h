/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * What the exporter counts of itself: over its restarts, if there is a state.
 *
 * The parts of the program that count know no state. So the counts are brought up to date for each
 * page: what nobody has seen before a kill is lost, what was on a page never goes down.
 */
#ifndef REXMIT_OWN_COUNTS_H
#define REXMIT_OWN_COUNTS_H

#include "http/http_server.h"

struct state;

struct own_counts {
	struct http_counts http;
	uint64_t log_lines_lost, event_lines_lost;
};

struct own_tally {
	struct state *state;
	struct own_counts *counts; /* the state's */
	struct own_counts before;  /* of the exporters before this one */
};

/* Returns 0 or a negative errno. */
int own_counts_init(struct own_tally *tally, struct state *state);
void own_counts_deinit(struct own_tally *tally);

/* `now` is since this exporter's start. */
void own_counts_update(struct own_tally *tally, const struct own_counts *now);

#endif
