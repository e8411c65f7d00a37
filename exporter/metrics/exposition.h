/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The page of metrics: which there are, and where each value comes from. See docs/metrics.md. */
#ifndef REXMIT_EXPOSITION_H
#define REXMIT_EXPOSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "http/guard.h"
#include "http/http_server.h"
#include "intake/stream.h"
#include "metrics/process.h"
#include "metrics/series.h"
#include "text/text.h"

/* All that a page shows, at the moment it is written. */
struct exposition {
	const struct stream *stream; /* and what its records changed */
	const struct http_counts *http;
	const struct http_guard *guard; /* NULL: none */
	struct process_usage process;
	const char *version;
	bool collector_up;
	bool created; /* OpenMetrics: say since when each series counts */
	uint64_t log_lines_lost, event_lines_lost;
	uint64_t scrape_ns; /* how long the writing of the last page took; 0: this is the first */
	uint64_t scrape_bytes; /* and its size */
};

/*
 * A page is in parts, none of which has to be copied behind another: each large family, and the
 * rest.
 */
#define EXPOSITION_PARTS (SERIES_FAMILIES + 1)

/* Writes all parts, which the caller deinits. Returns 0, or -ENOMEM if one is not whole. */
int exposition_write(struct text parts[EXPOSITION_PARTS], enum text_format format,
	const struct exposition *exposition);

/* How many bytes they have together. */
size_t exposition_size(const struct text parts[EXPOSITION_PARTS]);
void exposition_deinit(struct text parts[EXPOSITION_PARTS]);

#endif
