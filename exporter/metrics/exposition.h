/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The exposition at /metrics (docs/metrics.md). */
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

struct exposition {
	const struct stream *stream;
	const struct http_counts *http;
	const struct http_guard *guard; /* NULL: no --web.config.file */
	struct process_usage process;
	const char *version;
	bool collector_up;
	bool created; /* OpenMetrics: write _created series */
	uint64_t log_lines_lost, event_lines_lost, reader_lines_lost;
	unsigned event_readers;
	uint64_t scrape_ns;    /* duration of the last exposition; 0: none */
	uint64_t scrape_bytes; /* size of the last exposition */
};

/* Two formats, each plain and compressed. */
#define EXPOSITION_KINDS 4

/*
 * Maximum age of an exposition that clients share while one of them is still receiving it. Sharing
 * bounds the memory and CPU time that many slow clients cost.
 */
#define EXPOSITION_SHARED_MS 100

/* A part for each large family, and a part for the other families. */
#define EXPOSITION_PARTS (SERIES_FAMILIES + 1)

/* Writes all parts. The caller deinits them, even on failure. Returns 0 or -ENOMEM. */
int exposition_write(struct text parts[EXPOSITION_PARTS], enum text_format format,
	const struct exposition *exposition);

size_t exposition_size(const struct text parts[EXPOSITION_PARTS]);
void exposition_deinit(struct text parts[EXPOSITION_PARTS]);

#endif
