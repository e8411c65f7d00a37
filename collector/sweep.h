/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The sweep: the walks that collect what no event has reported, in steps. How long a walk takes is up to
 * the users of the host: a hundred processes may have a million files each. So the collector does its
 * other work between two steps, and all steps together have at most a tenth of one CPU.
 */
#ifndef REXMIT_SWEEP_H
#define REXMIT_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "probe.h"
#include "sweep_schedule.h"

struct sweep {
	struct probe *probe;
	enum probe_walk walk;    /* that is under way; PROBE_WALKS: none is */
	struct sweep_time last;  /* step */
	uint64_t next_step_ns;   /* CLOCK_MONOTONIC, while a walk is under way */
	uint64_t files_ended_ns; /* CLOCK_MONOTONIC: the end of the last walk over files */
};

/* Right after the start, which has swept once. */
void sweep_init(struct sweep *sweep, struct probe *probe);

/* Takes a step if it is time; `deferred_and_room` is as in sweep_is_due(). */
void sweep_go_on(struct sweep *sweep, bool deferred_and_room);

/* Makes all sockets report for the last time, as many as `most_ns` suffice for. */
void sweep_at_once(struct sweep *sweep, uint64_t most_ns);

#endif
