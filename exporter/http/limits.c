/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "http/limits.h"

const struct http_limits http_default_limits = {
	.connections = 64,
	.request_seconds = 5,
	.response_seconds = 10,
	.scrape_seconds = 120,
	/*
	 * Longer than Prometheus' longest useful scrape interval: samples become stale after 5
	 * minutes. If a connection is closed just when the next request arrives, that scrape fails.
	 */
	.idle_seconds = 330,
	/*
	 * Few people read events at the same time. The bytes are 300 lines of events, more than
	 * arrive in a turn of the event loop except in a storm.
	 */
	.readers = 16,
	.reader_bytes = 128 << 10,
	.header_bytes = 32768, /* a browser sends the cookies of all services on this host */
	/* Bodies up to this size do not wait for each other, such as those of a usual exposition. */
	.output_bytes = 1 << 20,
};
