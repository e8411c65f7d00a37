/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The exporter's paths: /metrics, /events, /healthz, /readyz, and the page at / with its data. */
#ifndef REXMIT_ROUTES_H
#define REXMIT_ROUTES_H

#include "http/handler.h"

struct exporter;

/* Call this when all parts of the exporter exist, before the loop runs. Returns 0. */
int routes_init(struct exporter *exporter);

/* An http_handler_cb; `context` is the struct exporter. */
struct http_answer routes_answer(const struct http_query *query, void *context);

/* An http_handler_cb that serves /healthz and /readyz only; `context` is the struct exporter. */
struct http_answer routes_probe(const struct http_query *query, void *context);

#endif
