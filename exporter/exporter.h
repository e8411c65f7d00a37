/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A running exporter: its parts, and how long they live. */
#ifndef REXMIT_EXPORTER_H
#define REXMIT_EXPORTER_H

#include "http_listen.h"
#include "http_server.h"
#include "link.h"
#include "options.h"
#include "process.h"
#include "stream.h"

struct exporter {
	struct options options;
	struct table *table;
	struct ledger *ledger;
	struct stream stream;
	struct process *process;
	struct event_base *base;
	struct link *link;
	struct http_server *http;
	char address[HTTP_ADDRESS_SIZE];  /* on which it serves */
	uint64_t scrape_ns, scrape_bytes; /* of the last page, 0 before the first */
};

#endif
