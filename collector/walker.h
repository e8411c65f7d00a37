/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The process that walks over the host's sockets, one step for each order.
 *
 * A walk over files holds each file that it visits. If the owner closes the file at that moment, the
 * kernel closes it in this process, and some closes take long or never end: with SO_LINGER, or in a
 * FUSE file system with a write-back cache. Meanwhile the collector continues to count.
 */
#ifndef REXMIT_WALKER_H
#define REXMIT_WALKER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/sandbox.h"
#include "probe.h"

struct walker {
	int fd;              /* connected to the process */
	unsigned unanswered; /* orders without an answer */
	uint64_t late_ns; /* CLOCK_MONOTONIC when the next warning about a missing answer is due */
	uint64_t cpu_ns;  /* CPU time of the process until its last answer */
};

/*
 * Starts the process with the privileges of the caller, and with 11 system calls. Returns 0 or a
 * negative errno.
 */
int walker_start(struct walker *walker, struct probe *probe, enum sandbox_mode mode);

/*
 * Waits until the process has performed the first step of each walk, but only for some seconds,
 * because this step can hang, too. Returns 0, the negative errno of a walk, or -ECHILD if the
 * process has ended.
 */
int walker_prove(struct walker *walker);

/*
 * Orders a step (sweep_go_on()), if the process has answered the last order. Returns 0, -ECHILD if
 * the process has ended, or the negative errno of a first step that has ended since.
 */
int walker_go_on(struct walker *walker, bool deferred_and_room);

/*
 * Orders a last walk over storage (sweep_at_once()), after which the process ends. Waits for this
 * end, for at most `most_ns`.
 */
void walker_end(struct walker *walker, uint64_t most_ns);

#endif
