/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Compares whole expositions with files. */
#include <criterion/criterion.h>

#include "metrics/exposition.h"
#include "support/stream_fixture.h"

static const struct http_counts http = {
	.responses_2xx = 5,
	.responses_4xx = 6,
	.responses_5xx = 7,
	.connections = 8,
	.shed = 9,
	.timed_out = 10,
	.accept_failures = 11,
	.current_connections = 12,
};

static const struct http_guard guard = {.refusals = {21, 22, 23, 24, 25, 26}};

static void check_exposition(bool up, enum text_format format, bool created, const char *path)
{
	struct exposition exposition = {
		.stream = &stream,
		.http = &http,
		.guard = &guard,
		.process = {.cpu_ns = 12345678901,
			.start_ms = 1700000000123,
			.resident_bytes = 4194304,
			.virtual_bytes = 8388608,
			.open_fds = 12,
			.max_fds = 1024,
			.memory_known = true,
			.start_known = true,
			.open_fds_known = true},
		.version = "0.1.0",
		.collector_up = up,
		.created = created,
		.log_lines_lost = 14,
		.event_lines_lost = 15,
		.reader_lines_lost = 16,
		.event_readers = 17,
		.scrape_ns = up ? 1500000 : 0,
		.scrape_bytes = up ? 16000 : 0,
	};
	struct text parts[EXPOSITION_PARTS];

	cr_assert_eq(exposition_write(parts, format, &exposition), 0);
	cr_assert_eq(check(parts, EXPOSITION_PARTS, path), exposition_size(parts));
	exposition_deinit(parts);
}

/* Writes only the families that count by group. */
static void check_series(const char *path)
{
	struct series_source source = {
		.grouping = &grouping, .table = stream.sinks.table, .names = stream.sinks.names};
	struct text texts[SERIES_FAMILIES];

	for (int i = 0; i < SERIES_FAMILIES; i++)
		text_init(&texts[i], TEXT_PLAIN, 0);
	series_write(texts, &source);
	check(texts, SERIES_FAMILIES, path);
	for (int i = 0; i < SERIES_FAMILIES; i++)
		text_deinit(&texts[i]);
	end();
}

Test(exposition, without_a_collector)
{
	begin(GROUP_DEFAULT_LABELS, false, 32, 128, 10000);
	check_exposition(false, TEXT_PLAIN, false, GOLDEN "/exposition-empty.txt");
	end();
}

Test(exposition, full)
{
	begin(GROUP_DEFAULT_LABELS, false, 32, 128, 10000);
	take_hello();
	take_events();
	take_counters();
	check_exposition(true, TEXT_PLAIN, true, GOLDEN "/exposition-full.txt");
	check_exposition(true, TEXT_OPENMETRICS, false, GOLDEN "/exposition-full.om");
	end();
}

Test(exposition, extras_of_openmetrics)
{
	begin(GROUP_DEFAULT_LABELS, false, 32, 128, 3);
	histograms.exemplars = true;
	take_hello();
	take_events();
	check_exposition(true, TEXT_OPENMETRICS, true, GOLDEN "/exposition-extras.om");
	end();
}

Test(exposition, after_the_end_of_the_collector)
{
	begin(GROUP_DEFAULT_LABELS, false, 32, 128, 10000);
	take_hello();
	take_events();
	take_counters();
	stream_end(&stream);
	check_exposition(false, TEXT_PLAIN, false, GOLDEN "/exposition-after.txt");
	end();
}

Test(exposition, all_labels)
{
	begin((1U << GROUP_LABELS) - 1, true, 32, 128, 10000);
	take_hello();
	take_events();
	check_series(GOLDEN "/series-all-labels.txt");
}

Test(exposition, no_labels)
{
	begin(0, false, 32, 128, 10000);
	take_hello();
	take_events();
	check_series(GOLDEN "/series-no-labels.txt");
}

Test(exposition, networks)
{
	begin(1U << GROUP_DST_IP | 1U << GROUP_ROLE, false, 24, 48, 10000);
	take_hello();
	take_events();
	check_series(GOLDEN "/series-networks.txt");
}

Test(exposition, with_a_full_table)
{
	begin(GROUP_DEFAULT_LABELS, false, 32, 128, 1);
	take_hello();
	take_events();
	check_series(GOLDEN "/series-other.txt");
}
