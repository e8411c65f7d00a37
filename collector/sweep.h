/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The sweep reports counts that no event has reported. Every ten seconds it performs two walks. The
 * walk over files gives storage to connections. The walk over storage reports the counts.
 *
 * A walk has steps, because it can take long: a thousand processes may share a table of a million
 * files. All steps together use at most a tenth of one CPU. Both walks can be in progress at the same
 * time. The process of walker.h performs the steps.
 */
#ifndef REXMIT_SWEEP_H
#define REXMIT_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "probe.h"
#include "sweep_schedule.h"

struct sweep {
	struct probe *probe;
	bool walking[PROBE_WALKS]; /* whether the walk is in progress */
	struct sweep_time last;    /* end of the last walk over storage */
	uint64_t next_step_ns;     /* CLOCK_MONOTONIC; no step starts before this time */
	uint64_t files_ended_ns;   /* CLOCK_MONOTONIC when the last walk over files ended */
};

/* Must be called at the start, before the first step of a walk. */
void sweep_init(struct sweep *sweep, struct probe *probe);

/* If a step is due, performs a step of each walk in progress. See sweep_is_due(). */
void sweep_go_on(struct sweep *sweep, bool deferred_and_room);

/* Walks over storage without pauses, for about `most_ns` at most. */
void sweep_at_once(struct sweep *sweep, uint64_t most_ns);

#endif
