/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The line that "systemctl status" shows: is somebody listening, and what was counted. */
#ifndef REXMIT_STATUS_H
#define REXMIT_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe.h"
#include "ring.h"

struct status {
	bool connected;   /* as told last */
	uint64_t next_ns; /* CLOCK_MONOTONIC; not before, unless `connected` changes */
};

/* Tells the service manager, if there is one, at most every ten seconds or when that changes. */
void status_tell(struct status *status, bool connected, const struct probe *probe,
	const struct ring *ring, uint64_t now_ns);

/* Writes "STATUS=..." of at most `size` bytes; `ring_percent` is how full the ring is. */
void status_write(char *text, size_t size, bool connected, const struct counters *counters,
	unsigned ring_percent);

/* Writes the line that a collector leaves behind: which signal ended it, and after how long. */
void status_write_end(
	char *text, size_t size, int signal, uint64_t seconds, const struct counters *counters);

#endif
