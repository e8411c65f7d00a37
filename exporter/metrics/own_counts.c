/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "metrics/own_counts.h"

#include <errno.h>

#include "state/state.h"

int own_counts_init(struct own_counts *counts, struct state *state)
{
	struct own_sums *sums = state_part(state, STATE_OWN, sizeof(*sums));

	*counts = (struct own_counts){.state = state, .sums = sums};
	if (!sums)
		return -ENOMEM;
	counts->before = *sums;
	return 0;
}

void own_counts_deinit(struct own_counts *counts)
{
	state_part_free(counts->state, counts->sums);
}

void own_counts_update(struct own_counts *counts, const struct own_sums *now)
{
	const struct own_sums *before = &counts->before;
	struct own_sums sums = *now;

	sums.http.responses_2xx += before->http.responses_2xx;
	sums.http.responses_4xx += before->http.responses_4xx;
	sums.http.responses_5xx += before->http.responses_5xx;
	sums.http.connections += before->http.connections;
	sums.http.shed += before->http.shed;
	sums.http.timed_out += before->http.timed_out;
	sums.http.accept_failures += before->http.accept_failures;
	sums.log_lines_lost += before->log_lines_lost;
	sums.event_lines_lost += before->event_lines_lost;
	state_copy(counts->state, counts->sums, &sums, sizeof(sums));
	state_commit(counts->state);
}
