/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests the fields Accept and Accept-Encoding, as clients send them, and malformed ones. */
#include <criterion/criterion.h>

#include "text/negotiate.h"

Test(negotiate, formats)
{
	static const struct {
		const char *accept;
		enum text_format wanted;
	} cases[] = {
		{"", TEXT_PLAIN},
		{"*/*", TEXT_PLAIN},
		{"text/html", TEXT_PLAIN},
		{"text/plain", TEXT_PLAIN},
		{"application/openmetrics-text", TEXT_OPENMETRICS},
		{"Application/OpenMetrics-Text ; Version=1.0.0", TEXT_OPENMETRICS},
		{"application/openmetrics-text; version=2.0.0", TEXT_PLAIN},
		{"application/openmetrics-text; q=0", TEXT_PLAIN},
		{"application/openmetrics-text; q=nan", TEXT_PLAIN},
		{"application/openmetrics-text; q=0.x", TEXT_PLAIN},
		{"application/openmetrics-text; q=0.9/", TEXT_PLAIN},
		/* Prometheus 2.42 */
		{"application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
		 "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
			TEXT_OPENMETRICS},
		/* Prometheus 3, first if it prefers protobuf, then if it prefers plain text. */
		{"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
		 "encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;"
		 "escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
		 "text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
			TEXT_OPENMETRICS},
		{"text/plain;version=0.0.4;q=0.9, application/openmetrics-text;q=0.8", TEXT_PLAIN},
		{"text/plain;q=0.8 , application/openmetrics-text;q=0.9", TEXT_OPENMETRICS},
		{",;,;q=,application/openmetrics-text;;q=1.000;,", TEXT_OPENMETRICS},
		{"application/openmetrics-text;q=1.001", TEXT_PLAIN},
		{"application/openmetrics-textual", TEXT_PLAIN},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_assert_eq(
			negotiate_format(cases[i].accept), cases[i].wanted, "%s", cases[i].accept);
}

Test(negotiate, gzip)
{
	static const char *const yes[] = {"gzip", "GZIP", "x-gzip", "deflate, gzip;q=1.0, *;q=0.5",
		"gzip;q=0.001", " gzip ; q=0.5 "};
	static const char *const no[] = {"", "identity", "*", "gzip;q=0", "gzip; q=0.000",
		"gzipped", "br, deflate", "gzip;q=x", ",,,"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		cr_assert(negotiate_gzip(yes[i]), "%s", yes[i]);
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		cr_assert_not(negotiate_gzip(no[i]), "%s", no[i]);
}

Test(negotiate, event_stream)
{
	static const char *const yes[] = {
		"text/event-stream", "Text/Event-Stream;q=0.5", "text/html, text/event-stream"};
	static const char *const no[] = {"", "*/*", "text/*", "text/event-stream;q=0"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		cr_assert(negotiate_event_stream(yes[i]), "%s", yes[i]);
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		cr_assert_not(negotiate_event_stream(no[i]), "%s", no[i]);
}
