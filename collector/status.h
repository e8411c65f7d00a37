/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The collector's line in "systemctl status": whether an exporter is connected, and the counts. */
#ifndef REXMIT_STATUS_H
#define REXMIT_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe.h"
#include "ring.h"

struct status {
	bool connected;   /* in the last update */
	uint64_t next_ns; /* CLOCK_MONOTONIC of the next update, if `connected` does not change */
};

/* Sends the status to the service manager every ten seconds, or when `connected` changes. */
void status_update(struct status *status, bool connected, const struct probe *probe,
	const struct ring *ring, uint64_t now_ns);

/* Writes "STATUS=..." to `text` of `size` bytes. `ring_percent` is the fill level of the ring. */
void status_write(char *text, size_t size, bool connected, const struct counters *counters,
	unsigned ring_percent);

/* Writes the text of the last log line: the stop signal, the run time and the counts. */
void status_write_end(
	char *text, size_t size, int signal, uint64_t seconds, const struct counters *counters);

#endif
