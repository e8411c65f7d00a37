/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "metrics/own_counts.h"

#include <errno.h>

#include "state/state.h"

int own_counts_init(struct own_totals *totals, struct state *state)
{
	struct own_counts *counts = state_part(state, STATE_OWN, sizeof(*counts));

	*totals = (struct own_totals){.state = state, .counts = counts};
	if (!counts)
		return -ENOMEM;
	totals->before = *counts;
	return 0;
}

void own_counts_deinit(struct own_totals *totals)
{
	state_part_free(totals->state, totals->counts);
}

void own_counts_update(struct own_totals *totals, const struct own_counts *now)
{
	const struct own_counts *before = &totals->before;
	struct own_counts counts = *now;

	counts.http.responses_2xx += before->http.responses_2xx;
	counts.http.responses_4xx += before->http.responses_4xx;
	counts.http.responses_5xx += before->http.responses_5xx;
	counts.http.connections += before->http.connections;
	counts.http.shed += before->http.shed;
	counts.http.timed_out += before->http.timed_out;
	counts.http.accept_failures += before->http.accept_failures;
	counts.log_lines_lost += before->log_lines_lost;
	counts.event_lines_lost += before->event_lines_lost;
	counts.reader_lines_lost += before->reader_lines_lost;
	state_copy(totals->state, totals->counts, &counts, sizeof(counts));
	state_commit(totals->state);
}
