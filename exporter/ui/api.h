/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* What the page at / asks for while somebody looks at it: /api/v1/summary. See docs/api.md. */
#ifndef REXMIT_API_H
#define REXMIT_API_H

#include "counts/history.h"
#include "http/handler.h"
#include "intake/link.h"
#include "intake/stream.h"
#include "metrics/process.h"
#include "ui/audit.h"

/* What the summary is made of. */
struct api {
	const struct stream *stream;
	const struct history *history; /* NULL: there is no page, and nothing is served */
	const struct audit *audit;
	struct link *link;
	struct process *process;
};

/* `status` is 0 for a path that is not served. */
struct http_answer api_answer(
	const struct api *api, const struct http_query *query, struct evbuffer *body);

#endif
