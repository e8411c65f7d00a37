/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The bucket of each event, and the text of the histogram. */
#include <criterion/criterion.h>
#include <string.h>

#include "metrics/rtt_text.h"
#include "support/exporter_events.h"

static struct rtt rtt;

static void setup(void)
{
	cr_assert_eq(rtt_init(&rtt, NULL), 0);
}

static void teardown(void)
{
	rtt_deinit(&rtt);
}

TestSuite(rtt, .init = setup, .fini = teardown);

static void take(uint32_t srtt_us)
{
	struct wire_event event =
		event_make("192.0.2.1", 40000, "2001:db8::9", 443, WIRE_CAUSE_FAST, 7);

	event.srtt_us = srtt_us;
	event.boot_ns = 5250000000;
	rtt_take(&rtt, &event);
}

static char *write(enum text_format format)
{
	struct text text;

	text_init(&text, format, 0);
	rtt_write(&text, &rtt, 1700000000000000000);
	text_append(&text, "", 1);
	cr_assert_not(text.failed);
	return text.data;
}

static void has(const char *line)
{
	cr_assert_not_null(
		strstr(write(TEXT_OPENMETRICS), line), "%s in %s", line, write(TEXT_OPENMETRICS));
}

Test(rtt, bounds_belong_to_their_bucket)
{
	take(100);
	take(101);
	take(250);
	take(2500000);
	take(2500001);
	take(UINT32_MAX);
	has("_bucket{le=\"0.0001\"} 1\n");
	has("_bucket{le=\"0.00025\"} 3\n");
	has("_bucket{le=\"0.0005\"} 3\n");
	has("_bucket{le=\"0.5\"} 3\n");
	has("_bucket{le=\"2.5\"} 4\n");
	has("_bucket{le=\"+Inf\"} 6\n");
	has("_sum 4299.967747\n");
	has("_count 6\n");
}

Test(rtt, what_says_nothing_of_it_is_left_out)
{
	struct wire_event sent =
		event_make("192.0.2.1", 40000, "192.0.2.2", 443, WIRE_CAUSE_NONE, 0);

	/* An event without a sample yet: a SYN. */
	take(0);
	sent.srtt_us = 1000;
	rtt_take(&rtt, &sent);
	has("_count 0\n");
	has("_sum 0\n");
}

Test(rtt, exemplars)
{
	take(90);
	cr_assert_null(strchr(strstr(write(TEXT_OPENMETRICS), "bucket"), '#'));
	rtt.exemplars = true;
	take(99);
	has("_bucket{le=\"0.0001\"} 2 # {src_ip=\"192.0.2.1\",src_port=\"40000\","
	    "dst_ip=\"2001:db8::9\",dst_port=\"443\"} 0.000099 1700000005.25\n");
	has("_bucket{le=\"0.00025\"} 2\n");
	cr_assert_null(strchr(strstr(write(TEXT_PLAIN), "bucket"), '#'));
}
