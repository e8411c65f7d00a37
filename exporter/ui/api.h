/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The data of the page at /: /api/v1/summary (docs/api.md). */
#ifndef REXMIT_API_H
#define REXMIT_API_H

#include "counts/history.h"
#include "http/handler.h"
#include "intake/link.h"
#include "intake/stream.h"
#include "metrics/process.h"
#include "ui/audit.h"

struct api_sources {
	const struct stream *stream;
	const struct history *history; /* NULL: the page and its data are disabled */
	const struct audit *audit;
	struct link *link;
	struct process *process;
};

struct api {
	struct api_sources sources;
	struct http_source plain, gzip;
};

void api_init(struct api *api, const struct api_sources *sources);
/*
 * Answers a request for the summary. The status is 404 for another path, or if the page is
 * disabled.
 */
struct http_answer api_answer(struct api *api, const struct http_query *query);

#endif
