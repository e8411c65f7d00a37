/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "metrics/exposition.h"

#include <errno.h>

#include "common/array.h"
#include "metrics/histograms_text.h"
#include "metrics/ledger_text.h"
#include "metrics/table_text.h"

#define SAMPLE_BYTES ((size_t)160) /* with the default labels and IPv4; slightly more with IPv6 */

static void write_stream(struct text *t, const struct stream_counts *s)
{
	static const char *const types[STREAM_TYPES] = {[WIRE_HELLO] = "hello",
		[WIRE_EVENT] = "event",
		[WIRE_COUNTER] = "counter",
		[WIRE_BUSY] = "busy",
		[WIRE_NAME] = "name",
		[WIRE_PROCESS] = "process"};

	text_family(t, "rexmit_records_total", TEXT_COUNTER,
		"Records received from the collector, by type.");
	for (unsigned type = 0; type < STREAM_TYPES; type++) {
		if (types[type])
			text_labelled(
				t, "rexmit_records_total", "type", types[type], s->records[type]);
	}
	text_family(t, "rexmit_malformed_packets_total", TEXT_COUNTER,
		"Packets from the collector that violated the protocol; each ended the "
		"connection.");
	for (unsigned error = WIRE_OK + 1; error < WIRE_ERRORS; error++)
		text_labelled(t, "rexmit_malformed_packets_total", "reason", wire_error_name(error),
			s->malformed[error]);
	text_single(t, "rexmit_duplicate_events_total", TEXT_COUNTER,
		"Events received again after a reconnect, and skipped.", s->duplicates);
	text_single(t, "rexmit_stream_gaps_total", TEXT_COUNTER,
		"Reconnects after which the collector no longer had all events.", s->gaps);
	text_single(t, "rexmit_collector_restarts_total", TEXT_COUNTER,
		"Reconnects to another instance of the collector.", s->restarts);
}

static void write_connection(struct text *t, const struct exposition *exposition)
{
	const struct wire_hello *hello = &exposition->stream->past->hello;
	uint64_t attached_ms;

	text_single(t, "rexmit_collector_up", TEXT_GAUGE,
		"1 while a collector is connected and sends, else 0.", exposition->collector_up);
	text_single(t, "rexmit_collector_connects_total", TEXT_COUNTER,
		"Connections made to the collector's socket.",
		exposition->stream->past->counts.connects);
	if (exposition->collector_up && stream_attached_ms(exposition->stream, &attached_ms))
		text_single_scaled(t, "rexmit_collector_attached_timestamp_seconds", TEXT_GAUGE,
			"Unix time at which the collector began to count.", attached_ms, 3);
	text_family(t, "rexmit_build_info", TEXT_GAUGE,
		"Versions of the exporter and of the collector last connected.");
	text_begin(t, "rexmit_build_info");
	text_label(t, "version", exposition->version);
	text_label(t, "collector_version", hello->software);
	text_value(t, 1);
}

static void write_http(struct text *t, const struct http_counts *s)
{
	const struct {
		const char *code;
		uint64_t count;
	} responses[] = {
		{"2xx", s->responses_2xx}, {"4xx", s->responses_4xx}, {"5xx", s->responses_5xx}};

	text_family(t, "rexmit_http_responses_total", TEXT_COUNTER, "HTTP responses, by class.");
	for (size_t i = 0; i < ARRAY_SIZE(responses); i++)
		text_labelled(t, "rexmit_http_responses_total", "code", responses[i].code,
			responses[i].count);
	text_single(t, "rexmit_http_connections_total", TEXT_COUNTER, "HTTP connections accepted.",
		s->connections);
	text_single(t, "rexmit_http_open_connections", TEXT_GAUGE, "HTTP connections open now.",
		s->current_connections);
	text_single(t, "rexmit_http_shed_connections_total", TEXT_COUNTER,
		"HTTP connections closed to make room for others.", s->shed);
	text_single(t, "rexmit_http_timed_out_connections_total", TEXT_COUNTER,
		"HTTP connections closed because a deadline passed.", s->timed_out);
	text_single(t, "rexmit_http_accept_failures_total", TEXT_COUNTER,
		"HTTP connections that could not be accepted.", s->accept_failures);
}

static void write_refusals(struct text *t, const struct http_guard *guard)
{
	static const char *const reasons[HTTP_REFUSALS] = {
		[HTTP_REFUSED_PLAIN] = "plain_http",
		[HTTP_REFUSED_VERSION] = "tls_version",
		[HTTP_REFUSED_CERTIFICATE] = "certificate",
		[HTTP_REFUSED_HANDSHAKE] = "handshake",
		[HTTP_REFUSED_PASSWORD] = "password",
		[HTTP_REFUSED_BUSY] = "busy",
	};

	text_family(t, "rexmit_http_refusals_total", TEXT_COUNTER,
		"Connections and requests refused because of --web.config.file, by reason.");
	for (size_t i = 0; i < HTTP_REFUSALS; i++)
		text_labelled(
			t, "rexmit_http_refusals_total", "reason", reasons[i], guard->refusals[i]);
}

static void write_scrape(struct text *t, const struct exposition *exposition)
{
	text_single(t, "rexmit_log_lines_lost_total", TEXT_COUNTER,
		"Log lines lost because standard error did not accept them.",
		exposition->log_lines_lost);
	text_single(t, "rexmit_event_lines_lost_total", TEXT_COUNTER,
		"Lines of --print-events lost because standard output did not accept them.",
		exposition->event_lines_lost);
	text_single(t, "rexmit_event_readers", TEXT_GAUGE, "Clients that read /events now.",
		exposition->event_readers);
	text_single(t, "rexmit_event_reader_lines_lost_total", TEXT_COUNTER,
		"Lines of /events lost because their readers were too slow.",
		exposition->reader_lines_lost);
	if (exposition->scrape_ns == 0)
		return;
	text_single_scaled(t, "rexmit_scrape_duration_seconds", TEXT_GAUGE,
		"Time taken to write the last exposition.", exposition->scrape_ns, 9);
	text_single(t, "rexmit_scrape_size_bytes", TEXT_GAUGE,
		"Size of the last exposition before compression.", exposition->scrape_bytes);
}

/*
 * The HELP texts are those of client libraries. Pushgateway and the textfile collector of
 * node_exporter merge metrics of several programs. They refuse a family with a different HELP text.
 */
static void write_process(struct text *t, const struct process_usage *p)
{
	text_single_scaled(t, "process_cpu_seconds_total", TEXT_COUNTER,
		"Total user and system CPU time spent in seconds.", p->cpu_ns, 9);
	if (p->memory_known) {
		text_single(t, "process_resident_memory_bytes", TEXT_GAUGE,
			"Resident memory size in bytes.", p->resident_bytes);
		text_single(t, "process_virtual_memory_bytes", TEXT_GAUGE,
			"Virtual memory size in bytes.", p->virtual_bytes);
	}
	if (p->start_known) {
		text_single_scaled(t, "process_start_time_seconds", TEXT_GAUGE,
			"Start time of the process since unix epoch in seconds.", p->start_ms, 3);
	}
	if (p->open_fds_known)
		text_single(t, "process_open_fds", TEXT_GAUGE, "Number of open file descriptors.",
			p->open_fds);
	text_single(t, "process_max_fds", TEXT_GAUGE, "Maximum number of open file descriptors.",
		p->max_fds);
}

static void write_names(struct text *t, const struct names *names)
{
	text_single(t, "rexmit_label_names", TEXT_GAUGE,
		"Texts kept for the labels of cgroups and networks.", names_used(names));
	text_single(t, "rexmit_label_names_limit", TEXT_GAUGE, "Upper limit of rexmit_label_names.",
		NAMES - 1);
}

static void write_rest(struct text *t, const struct exposition *exposition)
{
	const struct stream_sinks *sinks = &exposition->stream->sinks;

	histograms_write(t, sinks->histograms, exposition->stream->past->hello.clock_offset_ns);
	ledger_write(t, sinks->ledger, exposition->collector_up);
	table_write(t, sinks->table);
	if (sinks->names)
		write_names(t, sinks->names);
	write_stream(t, &exposition->stream->past->counts);
	write_connection(t, exposition);
	write_http(t, exposition->http);
	if (exposition->guard)
		write_refusals(t, exposition->guard);
	write_scrape(t, exposition);
	write_process(t, &exposition->process);
	text_end(t);
}

int exposition_write(struct text parts[EXPOSITION_PARTS], enum text_format format,
	const struct exposition *exposition)
{
	const struct stream_sinks *sinks = &exposition->stream->sinks;
	const struct series_source source = {
		.grouping = sinks->grouping,
		.table = sinks->table,
		.names = sinks->names,
		.created = exposition->created,
	};
	bool failed = false;

	for (int i = 0; i < EXPOSITION_PARTS; i++)
		text_init(&parts[i], format, 0);
	for (int i = 0; i < SERIES_FAMILIES; i++)
		text_expect(&parts[i], table_size(sinks->table)->groups * SAMPLE_BYTES);
	series_write(parts, &source);
	write_rest(&parts[EXPOSITION_PARTS - 1], exposition);
	for (int i = 0; i < EXPOSITION_PARTS; i++)
		failed |= parts[i].failed;
	return failed ? -ENOMEM : 0;
}

size_t exposition_size(const struct text parts[EXPOSITION_PARTS])
{
	size_t size = 0;

	for (int i = 0; i < EXPOSITION_PARTS; i++)
		size += parts[i].length;
	return size;
}

void exposition_deinit(struct text parts[EXPOSITION_PARTS])
{
	for (int i = 0; i < EXPOSITION_PARTS; i++)
		text_deinit(&parts[i]);
}
