/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "exporter.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* How many seconds a look at all groups for idle ones is spread over. */
#define EXPIRY_ROUND_SECONDS 60

static int make_parts(struct exporter *e)
{
	bool print = e->options.print_events;
	bool cgroups = print || grouping_has(&e->options.grouping, GROUP_CGROUP);
	int r = table_new(&e->table, e->options.max_series);

	if (r == 0)
		r = ledger_new(&e->ledger);
	if (r == 0 && cgroups)
		r = cgroups_new(&e->cgroups, e->table);
	if (r == 0 && print)
		r = printer_new(&e->printer, STDOUT_FILENO, e->options.event_format);
	if (r == 0)
		r = process_new(&e->process);
	if (r < 0)
		return r;
	e->rtt.exemplars = e->options.exemplars;
	e->base = event_base_new();
	return e->base ? page_cache_init(&e->pages, e->base) : -ENOMEM;
}

int exporter_init(struct exporter *exporter)
{
	struct exporter *e = exporter;
	int r = make_parts(e);

	if (r < 0) {
		log_error("cannot start: %s", strerror(-r));
		return r;
	}
	stream_init(&e->stream, &(struct stream_sinks){
					.grouping = &e->options.grouping,
					.table = e->table,
					.ledger = e->ledger,
					.rtt = &e->rtt,
					.cgroups = e->cgroups,
					.printer = e->printer,
				});
	return 0;
}

void exporter_deinit(struct exporter *exporter)
{
	page_cache_deinit(&exporter->pages);
	http_server_free(exporter->http);
	link_free(exporter->link);
	if (exporter->base)
		event_base_free(exporter->base);
	process_free(exporter->process);
	printer_free(exporter->printer);
	cgroups_free(exporter->cgroups);
	ledger_free(exporter->ledger);
	table_free(exporter->table);
}

void exporter_expire(struct exporter *exporter)
{
	uint32_t idle_s = exporter->options.idle_expiry_s;
	uint32_t rounds = idle_s < EXPIRY_ROUND_SECONDS ? idle_s : EXPIRY_ROUND_SECONDS;
	struct timespec now;

	if (idle_s == 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	table_expire(exporter->table, exporter->options.max_series / rounds + 1, idle_s,
		(struct table_time){.monotonic_s = (uint32_t)now.tv_sec});
}
