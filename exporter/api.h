/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* What the page at / asks for while somebody looks at it: /api/v1/summary. See docs/api.md. */
#ifndef REXMIT_API_H
#define REXMIT_API_H

#include "exporter.h"

/* `status` is 0 for a path that is not served. */
struct http_answer api_answer(
	struct exporter *exporter, const struct http_query *query, struct evbuffer *body);

#endif
