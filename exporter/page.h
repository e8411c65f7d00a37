/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The page of metrics: which there are, and where each value comes from. See docs/metrics.md. */
#ifndef REXMIT_PAGE_H
#define REXMIT_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "http_server.h"
#include "process.h"
#include "stream.h"
#include "text.h"

/* All that a page shows, at the moment it is written. */
struct page {
	const struct stream *stream; /* its grouping, table and ledger, too */
	const struct http_statistics *http;
	struct process_usage process;
	const char *version;
	bool collector_up;
	uint64_t collector_connects;
	uint64_t log_lines_lost;
	uint64_t scrape_ns; /* how long the writing of the last page took; 0: this is the first */
	uint64_t scrape_bytes; /* and its size */
};

void page_write(struct text *text, const struct page *page);

#endif
