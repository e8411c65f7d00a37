/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include <criterion/criterion.h>

#include "metrics/own_counts.h"

static struct own_counts times(uint64_t factor)
{
	return (struct own_counts){
		.http = {.responses_2xx = factor,
			.responses_4xx = 2 * factor,
			.responses_5xx = 3 * factor,
			.connections = 4 * factor,
			.shed = 5 * factor,
			.timed_out = 6 * factor,
			.accept_failures = 7 * factor},
		.log_lines_lost = 8 * factor,
		.event_lines_lost = 9 * factor,
		.reader_lines_lost = 10 * factor,
	};
}

static void check(const struct own_counts *counts, uint64_t factor)
{
	const struct own_counts wanted = times(factor);

	cr_assert_eq(counts->http.responses_2xx, wanted.http.responses_2xx);
	cr_assert_eq(counts->http.responses_4xx, wanted.http.responses_4xx);
	cr_assert_eq(counts->http.responses_5xx, wanted.http.responses_5xx);
	cr_assert_eq(counts->http.connections, wanted.http.connections);
	cr_assert_eq(counts->http.shed, wanted.http.shed);
	cr_assert_eq(counts->http.timed_out, wanted.http.timed_out);
	cr_assert_eq(counts->http.accept_failures, wanted.http.accept_failures);
	cr_assert_eq(counts->log_lines_lost, wanted.log_lines_lost);
	cr_assert_eq(counts->event_lines_lost, wanted.event_lines_lost);
	cr_assert_eq(counts->reader_lines_lost, wanted.reader_lines_lost);
}

/* Each count continues that of earlier processes, and is not added twice. */
Test(own_counts, continue)
{
	const struct own_counts now = times(100);
	struct own_totals totals;

	cr_assert_eq(own_counts_init(&totals, NULL), 0);
	totals.before = times(1);
	for (int i = 0; i < 2; i++) {
		own_counts_update(&totals, &now);
		check(totals.counts, 101);
	}
	own_counts_deinit(&totals);
}
