/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The parts of a running exporter, and the functions that make and free them. */
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
	/* Each is NULL if neither a label nor an event line shows its names. */
	struct names *names;
	struct cgroups *cgroups;
	struct processes *processes;
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
	char addresses[HTTP_LISTENERS][HTTP_ADDRESS_SIZE]; /* addresses of `http` */
	unsigned address_count;
	struct http_source expositions[EXPOSITION_KINDS];
	struct api api;
	uint64_t scrape_ns, scrape_bytes; /* duration and size of the last exposition, or 0 */
};

/*
 * Makes all parts except the event base, the link and the HTTP servers. Returns 0, or a negative
 * errno after logging one line.
 */
int exporter_init(struct exporter *exporter);

/* Reads the file of --networks, if any. Returns 0, or a negative errno after logging a line. */
int exporter_read_networks(struct exporter *exporter);

/* May be called even if exporter_init() was not called or has failed. */
void exporter_deinit(struct exporter *exporter);

/*
 * Evicts idle groups, forgets gauges that the collector no longer sends, and samples the counters
 * for the page. Call this once a second.
 */
void exporter_second(struct exporter *exporter);

#endif
