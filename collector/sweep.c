/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "sweep.h"

#include <errno.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"

static struct sweep_time time_now(void)
{
	return (struct sweep_time){clock_ns(CLOCK_MONOTONIC), clock_ns(CLOCK_BOOTTIME)};
}

void sweep_init(struct sweep *sweep, struct probe *probe)
{
	*sweep = (struct sweep){.probe = probe, .walk = PROBE_WALKS, .last = time_now()};
	sweep->files_ended_ns = sweep->last.monotonic_ns;
}

static bool walk_is_active(const struct sweep *sweep)
{
	return sweep->walk < PROBE_WALKS;
}

/*
 * A sweep every ten seconds starts with the walk over files, which gives storage to connections.
 * Other sweeps have only the walk over storage, which makes sockets report.
 */
static enum probe_walk first_walk(const struct sweep *sweep, uint64_t now_ns)
{
	return now_ns - sweep->files_ended_ns >= SWEEP_INTERVAL_NS ? PROBE_FILES : PROBE_SWEEP;
}

/* Performs a step of the present walk. Returns whether this walk has ended. */
static bool walk_step(struct sweep *sweep)
{
	int r = probe_walk(sweep->probe, sweep->walk);

	if (r == -EAGAIN)
		return false;
	if (r)
		log_debug("cannot sweep the sockets: %s", strerror(-r));
	if (sweep->walk == PROBE_FILES)
		sweep->files_ended_ns = clock_ns(CLOCK_MONOTONIC);
	sweep->walk++;
	return true;
}

static void do_step(struct sweep *sweep)
{
	uint64_t began_ns = clock_ns(CLOCK_MONOTONIC);
	bool ended;

	do {
		ended = walk_step(sweep);
	} while (ended && walk_is_active(sweep));
	sweep->last = time_now();
	sweep->next_step_ns = sweep_next_step_ns(began_ns, sweep->last.monotonic_ns);
}

void sweep_go_on(struct sweep *sweep, bool deferred_and_room)
{
	struct sweep_time now = time_now();

	if (walk_is_active(sweep)) {
		if (now.monotonic_ns >= sweep->next_step_ns)
			do_step(sweep);
	} else if (sweep_is_due(sweep->last, now, deferred_and_room)) {
		sweep->walk = first_walk(sweep, now.monotonic_ns);
		do_step(sweep);
	}
}

void sweep_at_once(struct sweep *sweep, uint64_t most_ns)
{
	uint64_t end_ns = clock_ns(CLOCK_MONOTONIC) + most_ns;

	probe_walk_end(sweep->probe, PROBE_SWEEP);
	sweep->walk = PROBE_SWEEP;
	do {
		do_step(sweep);
	} while (walk_is_active(sweep) && clock_ns(CLOCK_MONOTONIC) < end_ns);
}
