/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "metrics/rtt_text.h"

#include "text/address.h"

static void label_address(struct text *t, const char *name, const uint8_t addr[16])
{
	text_label_open(t, name);
	address_append(t, addr);
	text_label_close(t);
}

/* Labels of the connection: at most 116 of the 128 characters that OpenMetrics allows. */
static void write_exemplar(struct text *t, const struct wire_event *event, int64_t clock_offset_ns)
{
	uint64_t real_ns = event->boot_ns + (uint64_t)clock_offset_ns;

	text_begin(t, " # ");
	label_address(t, "src_ip", event->local_addr);
	text_label_number(t, "src_port", event->local_port);
	label_address(t, "dst_ip", event->remote_addr);
	text_label_number(t, "dst_port", event->remote_port);
	text_append_literal(t, "} ");
	text_append_scaled(t, event->srtt_us, 6);
	text_append_literal(t, " ");
	text_append_scaled(t, real_ns / 1000000, 3);
}

static void write_bucket(struct text *t, const struct rtt *rtt, int bucket, uint64_t cumulative,
	int64_t clock_offset_ns)
{
	text_begin(t, "tcp_retransmission_srtt_seconds_bucket");
	text_label_open(t, "le");
	if (bucket < RTT_BUCKETS - 1)
		text_append_scaled(t, rtt_bounds_us[bucket], 6);
	else
		text_append_literal(t, "+Inf");
	text_label_close(t);
	text_value_open(t, cumulative);
	if (t->format == TEXT_OPENMETRICS && rtt->last[bucket].type != 0)
		write_exemplar(t, &rtt->last[bucket], clock_offset_ns);
	text_line_end(t);
}

void rtt_write(struct text *text, const struct rtt *rtt, int64_t clock_offset_ns)
{
	uint64_t cumulative = 0;

	text_family(text, "tcp_retransmission_srtt_seconds", TEXT_HISTOGRAM,
		"Smoothed round-trip time of connections at the moments of retransmission.");
	for (int bucket = 0; bucket < RTT_BUCKETS; bucket++) {
		cumulative += rtt->counts->buckets[bucket];
		write_bucket(text, rtt, bucket, cumulative, clock_offset_ns);
	}
	text_begin(text, "tcp_retransmission_srtt_seconds_sum");
	text_value_scaled(text, rtt->counts->sum_us, 6);
	text_begin(text, "tcp_retransmission_srtt_seconds_count");
	text_value(text, cumulative);
}
