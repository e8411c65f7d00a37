/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A running exporter: its parts, and how long they live. */
#ifndef REXMIT_EXPORTER_H
#define REXMIT_EXPORTER_H

#include <limits.h>

#include "counts/history.h"
#include "exporter_options.h"
#include "http/host_names.h"
#include "http/http_server.h"
#include "http/listen.h"
#include "intake/link.h"
#include "intake/stream.h"
#include "metrics/exposition_cache.h"
#include "metrics/own_counts.h"
#include "metrics/process.h"
#include "ui/audit.h"

struct exporter {
	struct options options;
	char host_name[HOST_NAME_MAX + 1];
	struct http_host_names host_names;
	struct state *state; /* NULL: nothing outlives the process */
	struct table *table;
	struct ledger *ledger;
	struct cgroups *cgroups; /* NULL if no label or line shows them */
	struct printer *printer; /* NULL: no lines */
	struct rtt rtt;
	struct history *history; /* NULL: there is no page that shows it */
	struct audit audit;
	struct stream stream;
	struct own_tally own;
	struct process *process;
	struct event_base *base;
	struct link *link;
	struct http_guard *guard;                          /* NULL: none */
	struct http_server *http, *probes;                 /* probes: NULL if not asked for */
	char addresses[HTTP_LISTENERS][HTTP_ADDRESS_SIZE]; /* on which it serves */
	unsigned address_count;
	struct exposition_cache expositions;
	uint64_t scrape_ns, scrape_bytes; /* of the last page, 0 before the first */
};

/* Makes all parts from the options except the base, the link and the HTTP server. Returns 0 or logs. */
int exporter_init(struct exporter *exporter);
/* Also of what was made only in part. */
void exporter_deinit(struct exporter *exporter);

/* Once a second: removes what has been idle for too long, forgets what is not told any more, and
 * remembers the totals for the page. */
void exporter_second(struct exporter *exporter);

#endif
