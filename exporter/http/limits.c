/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "http/limits.h"

const struct http_limits http_default_limits = {
	.connections = 64,
	.request_seconds = 5,
	.response_seconds = 10,
	.scrape_seconds = 120,
	/* Longer than the longest useful scrape interval: samples become stale after 5 minutes. If
	 * a connection is closed when a request arrives, that scrape fails. */
	.idle_seconds = 330,
	/* `reader_bytes` is 300 lines of events. More arrive in a turn of the loop only in a
	 * storm. */
	.readers = 16,
	.reader_bytes = 128 << 10,
	.header_bytes = 32768, /* with the cookies of all services on this host */
	/* Bodies up to this size, such as a usual exposition, do not wait for each other. */
	.output_bytes = 1 << 20,
};
