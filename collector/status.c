/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "status.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/systemd.h"

/* The interval of updates. Each update wakes the service manager and its clients. */
#define INTERVAL_NS UINT64_C(10000000000)

static uint64_t sum(const uint64_t by_cause[WIRE_CAUSES])
{
	uint64_t segments = 0;

	for (size_t cause = 0; cause < WIRE_CAUSES; cause++)
		segments += by_cause[cause];
	return segments;
}

static uint64_t segments(const struct counters *counters)
{
	uint64_t all = 0;

	for (size_t scope = 0; scope < WIRE_SCOPES; scope++)
		all += sum(counters->segments[scope]);
	return all;
}

void status_write(char *text, size_t size, bool connected, const struct counters *counters,
	unsigned ring_percent)
{
	snprintf(text, size,
		"STATUS=%s; %" PRIu64 " segments counted, %" PRIu64 " unattributed, ring %u%% full",
		connected ? "Exporter connected" : "No exporter connected", segments(counters),
		sum(counters->unattributed), ring_percent);
}

void status_write_end(
	char *text, size_t size, int signal, uint64_t seconds, const struct counters *counters)
{
	snprintf(text, size,
		"stopped by SIG%s after %" PRIu64 " s: %" PRIu64 " segments counted, %" PRIu64
		" unattributed",
		sigabbrev_np(signal), seconds, segments(counters), sum(counters->unattributed));
}

void status_update(struct status *status, bool connected, const struct probe *probe,
	const struct ring *ring, uint64_t now_ns)
{
	struct counters counters;
	char text[160];

	if (connected == status->connected && now_ns < status->next_ns)
		return;
	probe_counters(probe, &counters);
	status_write(text, sizeof(text), connected, &counters,
		(unsigned)(ring_used(ring) * 100 / ring->size));
	(void)systemd_notify(text);
	status->connected = connected;
	status->next_ns = now_ns + INTERVAL_NS;
}
