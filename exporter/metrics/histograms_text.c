/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "metrics/histograms_text.h"

#include "text/address.h"

static const struct {
	const char *name, *bucket, *sum, *count, *help;
} families[HISTOGRAMS] = {
	[HISTOGRAM_SRTT] = {"tcp_retransmission_srtt_seconds",
		"tcp_retransmission_srtt_seconds_bucket", "tcp_retransmission_srtt_seconds_sum",
		"tcp_retransmission_srtt_seconds_count",
		"Smoothed round-trip time of connections at the moments of retransmission."},
	[HISTOGRAM_TIMER] = {"tcp_retransmission_timer_seconds",
		"tcp_retransmission_timer_seconds_bucket", "tcp_retransmission_timer_seconds_sum",
		"tcp_retransmission_timer_seconds_count", "Retransmission timers that expired."},
};

static void label_address(struct text *t, const char *name, const uint8_t addr[16])
{
	text_label_open(t, name);
	address_append(t, addr);
	text_label_close(t);
}

/*
 * The exemplar's labels describe the connection. They have up to 116 characters; OpenMetrics allows
 * 128.
 */
static void write_exemplar(
	struct text *t, const struct wire_event *event, uint64_t value_us, int64_t clock_offset_ns)
{
	uint64_t real_ns = event->boot_ns + (uint64_t)clock_offset_ns;

	text_begin(t, " # ");
	label_address(t, "src_ip", event->local_addr);
	text_label_number(t, "src_port", event->local_port);
	label_address(t, "dst_ip", event->remote_addr);
	text_label_number(t, "dst_port", event->remote_port);
	text_append_literal(t, "} ");
	text_append_scaled(t, value_us, 6);
	text_append_literal(t, " ");
	text_append_scaled(t, real_ns / 1000000, 3);
}

/* Writes the line of a bucket, without exemplar and line end. */
static void write_bucket(struct text *t, enum histogram histogram, int bucket, uint64_t cumulative)
{
	const struct histogram_scale *scale = &histogram_scales[histogram];

	text_begin(t, families[histogram].bucket);
	text_label_open(t, "le");
	if (bucket < scale->buckets - 1)
		text_append_scaled(t, scale->bounds_us[bucket], 6);
	else
		text_append_literal(t, "+Inf");
	text_label_close(t);
	text_value_open(t, cumulative);
}

static void write_histogram(struct text *t, const struct histograms *h, enum histogram histogram,
	int64_t clock_offset_ns)
{
	const struct histogram_counts *counts = &h->counts[histogram];
	uint64_t cumulative = 0;

	text_family(t, families[histogram].name, TEXT_HISTOGRAM, families[histogram].help);
	for (int bucket = 0; bucket < histogram_scales[histogram].buckets; bucket++) {
		const struct wire_event *last = &h->last[histogram][bucket];

		cumulative += counts->buckets[bucket];
		write_bucket(t, histogram, bucket, cumulative);
		if (t->format == TEXT_OPENMETRICS && last->type != 0)
			write_exemplar(
				t, last, histogram_value_us(histogram, last), clock_offset_ns);
		text_line_end(t);
	}
	text_begin(t, families[histogram].sum);
	text_value_scaled(t, counts->sum_us, 6);
	text_begin(t, families[histogram].count);
	text_value(t, cumulative);
}

void histograms_write(
	struct text *text, const struct histograms *histograms, int64_t clock_offset_ns)
{
	for (enum histogram histogram = 0; histogram < HISTOGRAMS; histogram++)
		write_histogram(text, histograms, histogram, clock_offset_ns);
}
