/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "exporter.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "http/guard.h"
#include "state/state_file.h"

/* The time in which the search for idle groups visits every group once. */
#define EXPIRY_ROUND_SECONDS 60

static void shape_of(struct state_shape *shape, const struct options *o)
{
	const struct grouping *g = &o->grouping;

	*shape = (struct state_shape){
		.sizes = {[STATE_STREAM] = sizeof(struct stream_past),
			[STATE_HISTOGRAMS] = HISTOGRAMS * sizeof(struct histogram_counts),
			[STATE_LEDGER] = ledger_size(),
			[STATE_TABLE] = sizeof(struct table_counts),
			[STATE_OWN] = sizeof(struct own_counts),
			[STATE_NAMES] = g->labels & GROUP_NAME_LABELS ? NAMES_SIZE : 0,
			[STATE_GROUPS] = o->max_series * sizeof(struct group)},
		.grouping = g->labels | (uint64_t)g->all_ports << 32 | (uint64_t)g->prefix4 << 40 |
			    (uint64_t)g->prefix6 << 48,
	};
}

static int start_failed(int r)
{
	log_error("cannot start: %s", strerror(-r));
	return r;
}

/* Counts all groups of the state file as evicted, with a temporary table of the file's size. */
static int fold_groups(struct exporter *e)
{
	uint64_t bytes = state_shape(e->state)->sizes[STATE_GROUPS];
	uint64_t limit = bytes / sizeof(struct group);
	struct table *table;
	int r;

	if (limit < 1 || limit > TABLE_LIMIT_MAX || bytes % sizeof(struct group) != 0)
		return -EBADMSG;
	r = table_new(&table, e->state, (uint32_t)limit);
	if (r < 0)
		return r == -EBADMSG ? r : start_failed(r);
	log_warning("the labels or --max-series have changed: the %u groups of the state file %s "
		    "are counted as evicted",
		table_size(table)->groups, e->options.state_file);
	table_fold(table);
	table_free(table);
	return 0;
}

/*
 * Opens the state file. Groups that do not match the options are counted as evicted. An invalid
 * state is replaced by an empty one.
 */
static int open_state(struct exporter *e)
{
	struct state_shape shape;
	int r;

	shape_of(&shape, &e->options);
	r = state_open(&e->state, e->options.state_file, &shape);
	if (r < 0 || memcmp(state_shape(e->state), &shape, sizeof(shape)) == 0)
		return r;
	if (!state_shape_holds(&shape, state_shape(e->state)))
		r = fold_groups(e);
	if (r == 0)
		r = state_reshape(e->state, &shape);
	return r == -EBADMSG ? state_renew(e->state, &shape) : r;
}

static int make_names(struct exporter *e)
{
	const struct options *o = &e->options;
	unsigned shown = o->grouping.labels & GROUP_NAME_LABELS;
	unsigned kept = o->print_events || !o->disable_events ? GROUP_NAME_LABELS : shown;
	int r = 0;

	/* Names that only event lines show are not in the state: the collector sends them again. */
	if (kept || o->networks_file)
		r = names_new(&e->names, shown ? e->state : NULL, e->table);
	if (r == 0 && kept & GROUP_CGROUP_LABELS)
		r = cgroups_new(&e->cgroups, e->names, kept);
	if (r == 0 && kept & 1U << GROUP_PROCESS)
		r = processes_new(&e->processes, e->names);
	return r;
}

/* Makes the parts that records update. */
static int make_sinks(struct exporter *e)
{
	const struct options *o = &e->options;
	int r = table_new(&e->table, e->state, o->max_series);

	if (r == 0)
		r = ledger_new(&e->ledger, e->state);
	if (r == 0)
		r = histograms_init(&e->histograms, e->state);
	if (r == 0)
		r = own_counts_init(&e->own, e->state);
	e->histograms.exemplars = o->exemplars;
	if (r == 0)
		r = make_names(e);
	if (r == 0 && o->ignored_count > 0)
		r = network_map_init(&e->ignore, o->ignored, (size_t)o->ignored_count, 0);
	if (r < 0)
		return r;
	return stream_init(&e->stream, e->state,
		&(struct stream_sinks){
			.grouping = &o->grouping,
			.table = e->table,
			.ledger = e->ledger,
			.histograms = &e->histograms,
			.names = e->names,
			.cgroups = e->cgroups,
			.processes = e->processes,
			.ignore = o->ignored_count > 0 ? &e->ignore : NULL,
			.printer = e->printer,
			.live = e->live,
		});
}

static void free_sinks(struct exporter *e)
{
	stream_deinit(&e->stream);
	network_names_free(e->networks);
	network_map_deinit(&e->ignore);
	cgroups_free(e->cgroups);
	processes_free(e->processes);
	names_free(e->names);
	own_counts_deinit(&e->own);
	histograms_deinit(&e->histograms);
	ledger_free(e->ledger);
	table_free(e->table);
	e->networks = NULL;
	e->cgroups = NULL;
	e->processes = NULL;
	e->names = NULL;
	e->ledger = NULL;
	e->table = NULL;
}

/* Replaces an invalid state by an empty one, and makes the parts again. */
static int make_sinks_again(struct exporter *e)
{
	struct state_shape shape;
	int r;

	free_sinks(e);
	shape_of(&shape, &e->options);
	r = state_renew(e->state, &shape);
	if (r == 0) {
		r = make_sinks(e);
		r = r < 0 ? start_failed(r) : 0;
	}
	return r;
}

static int make_parts(struct exporter *e)
{
	int r = 0;

	if (e->options.print_events)
		r = printer_new(&e->printer, STDOUT_FILENO, e->options.event_format);
	if (r == 0)
		r = process_new(&e->process);
	if (r == 0 && !e->options.disable_events)
		r = live_new(&e->live, e->options.networks_file);
	if (r == 0 && !e->options.disable_page)
		r = history_new(&e->history);
	return r < 0 ? r : make_sinks(e);
}

int exporter_init(struct exporter *exporter)
{
	int r = exporter->options.state_file ? open_state(exporter) : 0;

	if (r < 0)
		return r;
	r = make_parts(exporter);
	if (r == -EBADMSG)
		return make_sinks_again(exporter);
	return r < 0 ? start_failed(r) : 0;
}

int exporter_read_networks(struct exporter *exporter)
{
	struct exporter *e = exporter;
	int r;

	if (!e->options.networks_file)
		return 0;
	r = network_names_new(&e->networks, e->options.networks_file, e->names);
	if (r == 0 && (e->printer || e->live || e->options.grouping.labels & GROUP_NETWORK_LABELS))
		e->stream.sinks.networks = e->networks;
	return r;
}

void exporter_deinit(struct exporter *exporter)
{
	http_server_free(exporter->http);
	http_server_free(exporter->probes);
	if (exporter->guard)
		exporter->guard->free(exporter->guard);
	link_free(exporter->link);
	if (exporter->base)
		event_base_free(exporter->base);
	history_free(exporter->history);
	process_free(exporter->process);
	free_sinks(exporter);
	state_close(exporter->state);
	printer_free(exporter->printer);
	live_free(exporter->live);
}

static void expire(struct exporter *e, struct table_time now)
{
	uint32_t idle_s = e->options.idle_expiry_s;
	uint32_t rounds = idle_s < EXPIRY_ROUND_SECONDS ? idle_s : EXPIRY_ROUND_SECONDS;

	if (idle_s > 0)
		table_expire(e->table, e->options.max_series / rounds + 1, idle_s, now);
}

/* Without a collector, the counters do not change. */
static void sample_for_page(struct exporter *e, struct table_time now, uint64_t monotonic_ms)
{
	/* RING_SIZE is known only while a collector sends its counters. */
	if (!e->history || !ledger_known(e->ledger, WIRE_COUNTER_RING_SIZE, 0, 0))
		return;
	audit_compare(&e->audit, &e->stream, now);
	history_take(e->history, e->ledger, monotonic_ms);
}

void exporter_second(struct exporter *exporter)
{
	uint64_t monotonic_ms = clock_ms(CLOCK_MONOTONIC);
	struct table_time now = {
		(uint32_t)clock_s(CLOCK_REALTIME), (uint32_t)(monotonic_ms / 1000)};

	expire(exporter, now);
	if (exporter->live)
		live_second(exporter->live, link_state(exporter->link) == LINK_UP);
	if (link_state(exporter->link) != LINK_UP)
		return;
	ledger_second(exporter->ledger);
	sample_for_page(exporter, now, monotonic_ms);
}
