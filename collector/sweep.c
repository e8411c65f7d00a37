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
	*sweep = (struct sweep){.probe = probe, .last = time_now()};
	sweep->files_ended_ns = sweep->last.monotonic_ns;
}

static bool is_walking(const struct sweep *sweep)
{
	return sweep->walking[PROBE_FILES] || sweep->walking[PROBE_SWEEP];
}

static void start_due(struct sweep *sweep, bool deferred_and_room)
{
	struct sweep_time now = time_now();

	if (now.monotonic_ns - sweep->files_ended_ns >= SWEEP_INTERVAL_NS)
		sweep->walking[PROBE_FILES] = true;
	if (sweep_is_due(sweep->last, now, deferred_and_room))
		sweep->walking[PROBE_SWEEP] = true;
}

/* Records the end of the walk. After the walk over files, starts the walk over storage. */
static void end_walk(struct sweep *sweep, enum probe_walk walk)
{
	sweep->walking[walk] = false;
	if (walk == PROBE_FILES) {
		sweep->files_ended_ns = clock_ns(CLOCK_MONOTONIC);
		sweep->walking[PROBE_SWEEP] = true;
	} else {
		sweep->last = time_now();
	}
}

static void walk_step(struct sweep *sweep, enum probe_walk walk)
{
	int r;

	if (!sweep->walking[walk])
		return;
	r = probe_walk(sweep->probe, walk);
	if (r == -EAGAIN)
		return;
	if (r)
		log_debug("cannot sweep the sockets: %s", strerror(-r));
	end_walk(sweep, walk);
}

static void do_step(struct sweep *sweep)
{
	uint64_t began_ns = clock_ns(CLOCK_MONOTONIC);

	walk_step(sweep, PROBE_FILES);
	walk_step(sweep, PROBE_SWEEP);
	sweep->next_step_ns = sweep_next_step_ns(began_ns, clock_ns(CLOCK_MONOTONIC));
}

void sweep_go_on(struct sweep *sweep, bool deferred_and_room)
{
	start_due(sweep, deferred_and_room);
	if (is_walking(sweep) && clock_ns(CLOCK_MONOTONIC) >= sweep->next_step_ns)
		do_step(sweep);
}

void sweep_at_once(struct sweep *sweep, uint64_t most_ns)
{
	uint64_t end_ns = clock_ns(CLOCK_MONOTONIC) + most_ns;

	probe_walk_end(sweep->probe, PROBE_SWEEP);
	sweep->walking[PROBE_FILES] = false;
	sweep->walking[PROBE_SWEEP] = true;
	do {
		do_step(sweep);
	} while (is_walking(sweep) && clock_ns(CLOCK_MONOTONIC) < end_ns);
}
