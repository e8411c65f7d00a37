/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The status line of "systemctl status": whether an exporter is connected, and what was counted. */
#ifndef REXMIT_STATUS_H
#define REXMIT_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe.h"
#include "ring.h"

struct status {
	bool connected;   /* as last sent */
	uint64_t next_ns; /* CLOCK_MONOTONIC; earlier only if `connected` changes */
};

/* Sends the status to the service manager every ten seconds, or when `connected` changes. */
void status_tell(struct status *status, bool connected, const struct probe *probe,
	const struct ring *ring, uint64_t now_ns);

/* Writes "STATUS=..." of at most `size` bytes; `ring_percent` is how full the ring is. */
void status_write(char *text, size_t size, bool connected, const struct counters *counters,
	unsigned ring_percent);

/* Writes the last log line: the signal that ended the collector, its run time and its counts. */
void status_write_end(
	char *text, size_t size, int signal, uint64_t seconds, const struct counters *counters);

#endif
