/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The parts that a stream changes, with room for few series. They are created once for all
 * inputs, because creating them takes long. */
#ifndef TEST_FUZZ_SINKS_H
#define TEST_FUZZ_SINKS_H

#include <stdlib.h>

#include "intake/stream.h"

#define SERIES_LIMIT 4

static struct grouping sinks_grouping;

static inline struct stream_sinks *sinks_once(void)
{
	static struct histograms histograms;
	static struct stream_sinks sinks = {.grouping = &sinks_grouping, .histograms = &histograms};

	if (!sinks.table &&
		(table_new(&sinks.table, NULL, SERIES_LIMIT) ||
			histograms_init(&histograms, NULL) || ledger_new(&sinks.ledger, NULL) ||
			names_new(&sinks.names, NULL, sinks.table) ||
			cgroups_new(&sinks.cgroups, sinks.names, GROUP_NAME_LABELS) ||
			processes_new(&sinks.processes, sinks.names)))
		abort();
	histograms.exemplars = true;
	return &sinks;
}

/* Empties the table for the next input. */
static inline void sinks_clear(struct stream_sinks *sinks)
{
	table_expire(sinks->table, SERIES_LIMIT, 0, (struct table_time){1, 1});
}

#endif
