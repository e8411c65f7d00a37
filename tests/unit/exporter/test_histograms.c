/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests the bucket of each event, and the text of a histogram. */
#include <criterion/criterion.h>
#include <string.h>

#include "metrics/histograms_text.h"
#include "support/exporter_events.h"

static struct histograms histograms;

static void setup(void)
{
	cr_assert_eq(histograms_init(&histograms, NULL), 0);
}

static void teardown(void)
{
	histograms_deinit(&histograms);
}

TestSuite(histograms, .init = setup, .fini = teardown);

static void take(uint32_t srtt_us)
{
	struct wire_event event =
		event_make("192.0.2.1", 40000, "2001:db8::9", 443, WIRE_CAUSE_FAST, 7);

	event.srtt_us = srtt_us;
	event.boot_ns = 5250000000;
	histograms_take(&histograms, &event);
}

static char *write(enum text_format format)
{
	struct text text;

	text_init(&text, format, 0);
	histograms_write(&text, &histograms, 1700000000000000000);
	text_append(&text, "", 1);
	cr_assert_not(text.failed);
	return text.data;
}

static void has(const char *line)
{
	cr_assert_not_null(
		strstr(write(TEXT_OPENMETRICS), line), "%s in %s", line, write(TEXT_OPENMETRICS));
}

Test(histograms, a_bound_belongs_to_its_bucket)
{
	take(100);
	take(101);
	take(250);
	take(2500000);
	take(2500001);
	take(UINT32_MAX);
	has("srtt_seconds_bucket{le=\"0.0001\"} 1\n");
	has("srtt_seconds_bucket{le=\"0.00025\"} 3\n");
	has("srtt_seconds_bucket{le=\"0.0005\"} 3\n");
	has("srtt_seconds_bucket{le=\"0.5\"} 3\n");
	has("srtt_seconds_bucket{le=\"2.5\"} 4\n");
	has("srtt_seconds_bucket{le=\"+Inf\"} 6\n");
	has("srtt_seconds_sum 4299.967747\n");
	has("srtt_seconds_count 6\n");
}

Test(histograms, ignores_events_without_a_sample)
{
	struct wire_event sent =
		event_make("192.0.2.1", 40000, "192.0.2.2", 443, WIRE_CAUSE_NONE, 0);

	/* A SYN has no sample of the round-trip time. */
	take(0);
	sent.srtt_us = 1000;
	histograms_take(&histograms, &sent);
	has("srtt_seconds_count 0\n");
	has("srtt_seconds_sum 0\n");
}

Test(histograms, exemplars)
{
	take(90);
	cr_assert_null(strstr(write(TEXT_OPENMETRICS), " # {"));
	histograms.exemplars = true;
	take(99);
	has("srtt_seconds_bucket{le=\"0.0001\"} 2 # {src_ip=\"192.0.2.1\",src_port=\"40000\","
	    "dst_ip=\"2001:db8::9\",dst_port=\"443\"} 0.000099 1700000005.25\n");
	has("srtt_seconds_bucket{le=\"0.00025\"} 2\n");
	cr_assert_null(strstr(write(TEXT_PLAIN), " # {"));
}

static void take_timers(uint64_t stall_us, uint32_t timers)
{
	struct wire_event event =
		event_make("192.0.2.1", 40000, "2001:db8::9", 443, WIRE_CAUSE_TIMEOUT, 1);

	event.stall_us = stall_us;
	event.timers = timers;
	histograms_take(&histograms, &event);
}

/* Each timer of a record counts with their mean. The sum is exact. */
Test(histograms, timers)
{
	take_timers(250000, 1);
	take_timers(250001, 1);
	take_timers(UINT64_C(1000001) * 3 + 1, 3);
	take_timers(120000000, 1);
	take_timers(0, 0);
	has("timer_seconds_bucket{le=\"0.25\"} 1\n");
	has("timer_seconds_bucket{le=\"0.5\"} 2\n");
	has("timer_seconds_bucket{le=\"1.1\"} 5\n");
	has("timer_seconds_bucket{le=\"70.4\"} 5\n");
	has("timer_seconds_bucket{le=\"+Inf\"} 6\n");
	has("timer_seconds_sum 123.500005\n");
	has("timer_seconds_count 6\n");
	has("srtt_seconds_count 0\n");
}

/* An exemplar has the value of one timer. */
Test(histograms, exemplar_of_a_timer)
{
	histograms.exemplars = true;
	take_timers(3000000, 3);
	has("timer_seconds_bucket{le=\"1.1\"} 3 # {src_ip=\"192.0.2.1\",src_port=\"40000\","
	    "dst_ip=\"2001:db8::9\",dst_port=\"443\"} 1 1700000000");
}
