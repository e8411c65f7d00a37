/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A running exporter: its parts and their lifetimes. */
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
#include "metrics/exposition.h"
#include "metrics/own_counts.h"
#include "metrics/process.h"
#include "ui/api.h"
#include "ui/audit.h"

struct exporter {
	struct options options;
	char **argv; /* of main() */
	char host_name[HOST_NAME_MAX + 1];
	struct http_host_names host_names;
	struct state *state; /* NULL: counts are not kept over restarts */
	struct table *table;
	struct ledger *ledger;
	struct names *names;            /* NULL: neither a label nor a line shows names */
	struct cgroups *cgroups;        /* NULL: neither a label nor a line shows cgroups */
	struct processes *processes;    /* NULL: neither a label nor a line shows processes */
	struct network_names *networks; /* NULL: no --networks */
	struct network_map ignore;
	struct printer *printer; /* NULL: no --print-events */
	struct live *live;       /* NULL: --web.disable-events */
	struct histograms histograms;
	struct history *history; /* NULL: the page at / is disabled */
	struct audit audit;
	struct stream stream;
	struct own_totals own;
	struct process *process;
	struct event_base *base;
	struct link *link;
	struct http_guard *guard;                          /* NULL: no --web.config.file */
	struct http_server *http, *probes;                 /* NULL: no --web.probe-address */
	char addresses[HTTP_LISTENERS][HTTP_ADDRESS_SIZE]; /* on which `http` serves */
	unsigned address_count;
	struct http_source expositions[EXPOSITION_KINDS];
	struct api api;
	uint64_t scrape_ns, scrape_bytes; /* of the last exposition; 0 before the first one */
};

/*
 * Makes all parts except the event base, the link and the HTTP servers. Returns 0, or a negative
 * errno after logging one line.
 */
int exporter_init(struct exporter *exporter);

/* Reads the file of --networks, if there is one. Returns 0, or a negative errno after logging a line. */
int exporter_read_networks(struct exporter *exporter);

/* May also be called after exporter_init() failed or before it was called. */
void exporter_deinit(struct exporter *exporter);

/*
 * Call this once a second. It evicts idle groups, forgets gauges that the collector no longer
 * sends, and samples the counters for the page.
 */
void exporter_second(struct exporter *exporter);

#endif
