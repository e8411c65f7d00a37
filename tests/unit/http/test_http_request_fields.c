/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests what an accepted request contains: persistence, path, fields and host. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "http/handler.h"
#include "http/request.h"

#define LIMIT 8192

Test(http_request_fields, persistence)
{
	static const struct {
		const char *version, *fields;
		bool keep_alive;
	} cases[] = {
		{"1.1", "", true},
		{"1.1", "Connection: keep-alive\r\n", true},
		{"1.1", "Connection: close\r\n", false},
		{"1.1", "Connection: ,Upgrade , CLOSE\t,\r\n", false},
		{"1.1", "Connection: closed, not-close\r\n", true},
		{"1.1", "Connection: close\r\nConnection: keep-alive\r\n", false},
		{"1.1", "Connection: keep-alive\r\nConnection: x, close\r\n", false},
		{"1.0", "", false},
		{"1.0", "Connection: Keep-Alive\r\n", true},
		{"1.0", "Connection: keep-alive, close\r\n", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct http_request request = {0};
		char bytes[256];
		int size = snprintf(bytes, sizeof(bytes), "GET / HTTP/%s\r\nHost: a\r\n%s\r\n",
			cases[i].version, cases[i].fields);

		cr_assert_eq(http_request_read(&request, bytes, (size_t)size, LIMIT), 200);
		cr_assert_eq(request.keep_alive, cases[i].keep_alive, "%zu", i);
	}
}

static struct http_query query_of(struct http_request *request, char *bytes)
{
	*request = (struct http_request){0};
	cr_assert_eq(http_request_read(request, bytes, strlen(bytes), LIMIT), 200);
	return http_request_query(request, bytes);
}

Test(http_request_fields, query)
{
	char full[] =
		"HEAD /a/b%20?c=d?e HTTP/1.1\r\nHost: a\r\nAccept: \ttext/plain;q=0.5, */* \r\n"
		"accept-encoding:gzip\r\nAccept: second\r\nAccept-Encoding: \r\n\r\n";
	char bare[] = "GET / HTTP/1.1\r\nHost: a\r\nAccept:\r\n\r\n";
	struct http_request request;
	struct http_query query = query_of(&request, full);

	cr_assert(request.head);
	cr_assert_str_eq(query.path, "/a/b%20");
	cr_assert_str_eq(query.parameters, "c=d?e");
	cr_assert_str_eq(query.accept, "text/plain;q=0.5, */*");
	cr_assert_str_eq(query.accept_encoding, "gzip");
	query = query_of(&request, bare);
	cr_assert(!request.head);
	cr_assert_str_eq(query.path, "/");
	cr_assert_str_eq(query.parameters, "");
	cr_assert_str_eq(query.accept, "");
	cr_assert_str_eq(query.accept_encoding, "");
}

/* If the target has a host, that host counts (RFC 9112 3.2.2). */
Test(http_request_fields, host_and_path)
{
	static const struct {
		const char *target, *field, *host, *path, *parameters;
	} cases[] = {
		{"/a?b", "c:1", "c", "/a", "b"},
		{"/a", "[::1]:2112", "[::1]", "/a", ""},
		{"/", "", "", "/", ""},
		{"http://d.example:80/a?b", "c", "d.example", "/a", "b"},
		{"https://[::1]/", "c", "[::1]", "/", ""},
		{"http://d", "c", "d", "/", ""},
		{"http://d?b", "c", "d", "/", "b"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_request request = {0};
		struct http_query query;
		struct octets host;
		char bytes[256];
		int size = snprintf(bytes, sizeof(bytes), "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n",
			cases[i].target, cases[i].field);

		cr_assert_eq(http_request_read(&request, bytes, (size_t)size, LIMIT), 200);
		host = http_request_host(&request, bytes);
		cr_assert(
			octets_equal(host, cases[i].host), "%zu: %.*s", i, (int)host.size, host.at);
		query = http_request_query(&request, bytes);
		cr_assert_str_eq(query.path, cases[i].path);
		cr_assert_str_eq(query.parameters, cases[i].parameters);
	}
}

/* A proxy may have checked one value of a field that decides about access. */
Test(http_request_fields, two_values)
{
	static const struct {
		const char *name;
		int status;
	} cases[] = {{"Authorization", 400}, {"Origin", 400}, {"Sec-Fetch-Site", 400},
		{"Sec-Fetch-Mode", 400}, {"Sec-Fetch-Dest", 400}, {"Accept", 200},
		{"Accept-Encoding", 200}, {"Other", 200}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_request request = {0};
		char bytes[256];
		int size = snprintf(bytes, sizeof(bytes),
			"GET / HTTP/1.1\r\nHost: a\r\n%s: a\r\n%s: a\r\n\r\n", cases[i].name,
			cases[i].name);

		cr_assert_eq(http_request_read(&request, bytes, (size_t)size, LIMIT),
			cases[i].status, "%s", cases[i].name);
	}
}

Test(http_request_fields, site)
{
	static const struct {
		const char *host, *fields;
		enum http_site site;
	} cases[] = {
		{"a", "", HTTP_SITE_OWN},
		{"a", "Origin:\r\n", HTTP_SITE_OWN},
		{"a:2112", "origin: http://A:2112\r\n", HTTP_SITE_OWN},
		{"[::1]:2112", "Origin: https://[::1]:2112\r\n", HTTP_SITE_OWN},
		{"a:2112", "Origin: http://a\r\n", HTTP_SITE_FOREIGN},
		{"a", "Origin: http://a:2112\r\n", HTTP_SITE_FOREIGN},
		{"a", "Origin: ftp://a\r\n", HTTP_SITE_FOREIGN},
		{"", "Origin: http://\r\n", HTTP_SITE_FOREIGN},
		{"", "Origin: null\r\n", HTTP_SITE_FOREIGN},
		{"a", "Sec-Fetch-Site: same-origin\r\nOrigin: http://b\r\n", HTTP_SITE_OWN},
		{"a", "Sec-Fetch-Site: none\r\n", HTTP_SITE_OWN},
		{"a", "Sec-Fetch-Site: cross-site\r\nOrigin: http://a\r\n", HTTP_SITE_FOREIGN},
		{"a", "Sec-Fetch-Site: same-site\r\n", HTTP_SITE_FOREIGN},
		{"a", "Sec-Fetch-Site: other\r\n", HTTP_SITE_FOREIGN},
		{"a",
			"Sec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\n"
			"Sec-Fetch-Site: cross-site\r\n",
			HTTP_SITE_LINKED},
		{"a",
			"Sec-Fetch-Dest: iframe\r\nSec-Fetch-Mode: navigate\r\n"
			"Sec-Fetch-Site: cross-site\r\n",
			HTTP_SITE_FOREIGN},
		{"a",
			"Sec-Fetch-Dest: document\r\nSec-Fetch-Mode: cors\r\n"
			"Sec-Fetch-Site: cross-site\r\n",
			HTTP_SITE_FOREIGN},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_request request = {0};
		char bytes[256];
		int size = snprintf(bytes, sizeof(bytes), "GET / HTTP/1.1\r\nHost: %s\r\n%s\r\n",
			cases[i].host, cases[i].fields);

		cr_assert_eq(http_request_read(&request, bytes, (size_t)size, LIMIT), 200);
		cr_assert_eq(request.site, cases[i].site, "%s", bytes);
	}
}

Test(http_request_fields, timeout_of_a_scrape)
{
	static const struct {
		const char *value;
		unsigned seconds;
	} cases[] = {
		{"10", 10},
		{"9.5", 10},
		{"0.25", 1},
		{"007", 7},
		{"999999", 999999},
		{"9999999", 0},
		{"", 0},
		{"-1", 0},
		{"1e3", 0},
		{".5", 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_request request = {0};
		char bytes[256];
		int size = snprintf(bytes, sizeof(bytes),
			"GET / HTTP/1.1\r\nHost: a\r\n"
			"x-prometheus-scrape-timeout-seconds: %s\r\n\r\n",
			cases[i].value);

		cr_assert_eq(http_request_read(&request, bytes, (size_t)size, LIMIT), 200);
		cr_assert_eq(request.timeout_seconds, cases[i].seconds, "%s", cases[i].value);
	}
}
