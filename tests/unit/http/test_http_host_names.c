/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests for which values of Host the server answers a request. */
#include <criterion/criterion.h>
#include <string.h>

#include "http/host_names.h"

static const struct {
	const char *host, *own, *more;
	bool named;
} cases[] = {
	{"", "", "", true},
	{"localhost", "", "", true},
	{"LocalHost", "", "", true},
	{"127.0.0.1", "", "", true},
	{"192.0.2.1", "", "", true},
	{"[::1]", "", "", true},
	{"evil.example", "web1", "", false},
	{"localhost.evil.example", "", "", false},
	{"127.0.0.1.evil.example", "", "", false},
	{"1.2.3", "", "", false},
	{"127.0.0.1.", "", "", true},
	{"localhost.", "", "", true},
	{"localhost..", "", "", false},
	{".", "", "", false},
	{"web1.", "web1", "", true},
	{"a.example.org.", "", "a.example.org", true},
	{"b.example.org.", "", ".example.org", true},
	{"evil.example.", "web1", ".example.org", false},
	{"web1", "web1", "", true},
	{"WEB1", "web1", "", true},
	{"web1.evil.example", "web1", "", false},
	{"web", "web1", "", false},
	{"a.example", "", "b.example,a.example", true},
	{"A.example", "", "a.example", true},
	{"a.example", "", "b.a.example", false},
	{"evil.example", "", "*", true},
	{"a.example.org", "", ".example.org", true},
	{"example.org", "", ".example.org", false},
	{"evilexample.org", "", ".example.org", false},
	{".example.org", "", ",,", false},
};

Test(http_host_names, cases)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_host_names names = {cases[i].own, cases[i].more};
		struct octets host = {cases[i].host, strlen(cases[i].host)};

		cr_assert_eq(http_host_is_named(&names, host), cases[i].named, "%s of '%s', '%s'",
			cases[i].host, cases[i].own, cases[i].more);
	}
}
