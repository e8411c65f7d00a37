/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The sweep: walks over sockets that report counts which no event has reported. A walk has steps,
 * because it may take long: a hundred processes may have a million files each. Between two steps
 * the collector does other work. All steps together use at most a tenth of one CPU.
 */
#ifndef REXMIT_SWEEP_H
#define REXMIT_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "probe.h"
#include "sweep_schedule.h"

struct sweep {
	struct probe *probe;
	enum probe_walk walk;    /* the present walk; PROBE_WALKS: none */
	struct sweep_time last;  /* end of the last step */
	uint64_t next_step_ns;   /* CLOCK_MONOTONIC, while a walk is in progress */
	uint64_t files_ended_ns; /* CLOCK_MONOTONIC, when the last walk over files ended */
};

/* Must be called at the start, before prove_walks() in main.c performs the first sweep. */
void sweep_init(struct sweep *sweep, struct probe *probe);

/* Performs a step if one is due. `deferred_and_room` is as in sweep_is_due(). */
void sweep_go_on(struct sweep *sweep, bool deferred_and_room);

/* Walks over storage without pauses, for about `most_ns` at most. */
void sweep_at_once(struct sweep *sweep, uint64_t most_ns);

#endif
