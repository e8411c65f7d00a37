/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Tests which requests the reader accepts. Each line has one literal request. The reader gets it
 * whole, byte by byte, and in two parts with every split. The memory ends where the request ends.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/handler.h"
#include "http/request.h"

#define LIMIT 8192
#define REQUEST(literal) (literal), sizeof(literal) - 1
#define GET "GET /metrics HTTP/1.1\r\n"
#define HOST "Host: a\r\n"
#define END "\r\n"

struct example {
	const char *bytes;
	size_t size;
	int status;
};

static const struct example refused[] = {
	/* The request line */
	{REQUEST("\n" GET HOST END), 400},
	{REQUEST("\r\n\r\n"), 400},
	{REQUEST("\r\n\r\n" GET HOST END), 400},
	{REQUEST("\r\n\tGET / HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("\r\n \xe4"), 400},
	{REQUEST(" " GET HOST END), 400},
	{REQUEST("GET /\r\n"), 400},
	{REQUEST("GET\r\n"), 400},
	{REQUEST("GET \r\n"), 400},
	{REQUEST("GET  / HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET /  HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET / HTTP/1.1 \r\n" HOST END), 400},
	{REQUEST("GET / x HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET  HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET\t/ HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET /\tHTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET / HTTP/1.1\n" HOST END), 400},
	{REQUEST("GET / HTTP/1.1\r" HOST END), 400},
	{REQUEST("GET / HTTP/1.1\r\r\n" HOST END), 400},
	{REQUEST("GET /\0 HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET /\x7f HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET /\xc3\xa4 HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET /\xff HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 400}, /* TLS */
	{REQUEST("G@T / HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET: / HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("\"GET\" / HTTP/1.1\r\n" HOST END), 400},
	/* The method */
	{REQUEST("POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx"), 405},
	{REQUEST("get / HTTP/1.1\r\n" HOST END), 405},
	{REQUEST("GETT / HTTP/1.1\r\n" HOST END), 405},
	{REQUEST("CONNECT a:80 HTTP/1.1\r\n" HOST END), 405},
	{REQUEST("TRACE / HTTP/1.0\r\n\r\n"), 405},
	/* The version */
	{REQUEST("GET / http/1.1\r\n" HOST END), 400},
	{REQUEST("GET / Http/1.1\r\n" HOST END), 400},
	{REQUEST("GET / HTTP/1.10\r\n" HOST END), 400},
	{REQUEST("GET / HTTP/01.1\r\n" HOST END), 400},
	{REQUEST("GET / HTTP/1,1\r\n" HOST END), 400},
	{REQUEST("GET / HTTP/1.\r\n" HOST END), 400},
	{REQUEST("GET / HTTP/1\r\n" HOST END), 400},
	{REQUEST("GET / HTTP/+.1\r\n" HOST END), 400},
	{REQUEST("GET / HTTPS/1.1\r\n" HOST END), 400},
	{REQUEST("GET / ICY/1.1xx\r\n" HOST END), 400},
	{REQUEST("GET / HTTP/1.2\r\n" HOST END), 505},
	{REQUEST("GET / HTTP/0.9\r\n" HOST END), 505},
	{REQUEST("GET / HTTP/3.0\r\n" HOST END), 505},
	{REQUEST("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505},
	/* The target */
	{REQUEST("GET * HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("OPTIONS a HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET http://a/metrics HTTP/1.1\r\n" END), 400},
	{REQUEST("GET http:///metrics HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET http:// HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET http:/metrics HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET http://:80/ HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET http://u@a/ HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET http://a:b/ HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET http://a#b HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET http://[::1/ HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET ftp://a/ HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET /{a} HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET metrics HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET ?a=b HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET a:80 HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET /#top HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET /?a#top HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET /% HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET /%4 HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET /%4g HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET /%g4 HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET /%%41 HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET /a\\b HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET /<a> HTTP/1.1\r\n" HOST END), 400},
	{REQUEST("GET /?\"a\" HTTP/1.1\r\n" HOST END), 400},
	/* Lines and names of fields */
	{REQUEST(GET " Host: a\r\n\r\n"), 400},
	{REQUEST(GET HOST " folded\r\n\r\n"), 400},
	{REQUEST(GET HOST "X: a\r\n\tfolded\r\n\r\n"), 400},
	{REQUEST(GET HOST "X : a\r\n\r\n"), 400},
	{REQUEST(GET HOST "X\t: a\r\n\r\n"), 400},
	{REQUEST(GET HOST ": a\r\n\r\n"), 400},
	{REQUEST(GET HOST "X\r\n\r\n"), 400},
	{REQUEST(GET HOST "X a: b\r\n\r\n"), 400},
	{REQUEST(GET HOST "X(a): b\r\n\r\n"), 400},
	{REQUEST(GET HOST "\"X\": b\r\n\r\n"), 400},
	{REQUEST(GET HOST "X\xe4: b\r\n\r\n"), 400},
	{REQUEST(GET HOST "X: a\0b\r\n\r\n"), 400},
	{REQUEST(GET HOST "X\0: a\r\n\r\n"), 400},
	{REQUEST(GET HOST "X: a\x0b\r\n\r\n"), 400},
	{REQUEST(GET HOST "X: a\x1b[2J\r\n\r\n"), 400},
	{REQUEST(GET HOST "X: a\x7f\r\n\r\n"), 400},
	{REQUEST(GET HOST "X: a\n\r\n"), 400},
	{REQUEST(GET HOST "X: a\rY: b\r\n\r\n"), 400},
	{REQUEST(GET HOST "X: a\r\r\n\r\n"), 400},
	{REQUEST(GET HOST "\n"), 400},
	{REQUEST(GET HOST "\r\r\n"), 400},
	/* Host */
	{REQUEST(GET END), 400},
	{REQUEST(GET "X: a\r\n\r\n"), 400},
	{REQUEST(GET HOST HOST END), 400},
	{REQUEST(GET HOST "hOST: b\r\n\r\n"), 400},
	{REQUEST("GET / HTTP/1.0\r\n" HOST HOST END), 400},
	{REQUEST(GET "Host: a b\r\n\r\n"), 400},
	{REQUEST(GET "Host: a/b\r\n\r\n"), 400},
	{REQUEST(GET "Host: u@a\r\n\r\n"), 400},
	{REQUEST(GET "Host: a:b\r\n\r\n"), 400},
	{REQUEST(GET "Host: a:1:2\r\n\r\n"), 400},
	{REQUEST(GET "Host: a%zz\r\n\r\n"), 400},
	{REQUEST(GET "Host: [::1\r\n\r\n"), 400},
	{REQUEST(GET "Host: []\r\n\r\n"), 400},
	{REQUEST(GET "Host: [::g]\r\n\r\n"), 400},
	{REQUEST(GET "Host: [::1]2\r\n\r\n"), 400},
	{REQUEST(GET "Host: \xe4\r\n\r\n"), 400},
	/* Bodies */
	{REQUEST(GET HOST "Content-Length: 5\r\n\r\nhello"), 413},
	{REQUEST(GET HOST "Content-Length: 99999999999999999999\r\n\r\n"), 413},
	{REQUEST(GET HOST "Content-Length: 00\r\n\r\n"), 400},
	{REQUEST(GET HOST "Content-Length: 05\r\n\r\n"), 400},
	{REQUEST(GET HOST "Content-Length: +4\r\n\r\n"), 400},
	{REQUEST(GET HOST "Content-Length: +0\r\n\r\n"), 400},
	{REQUEST(GET HOST "Content-Length: -0\r\n\r\n"), 400},
	{REQUEST(GET HOST "Content-Length: -1\r\n\r\n"), 400},
	{REQUEST(GET HOST "Content-Length:  4 4\r\n\r\n"), 400},
	{REQUEST(GET HOST "Content-Length: 0x0\r\n\r\n"), 400},
	{REQUEST(GET HOST "Content-Length: 0.0\r\n\r\n"), 400},
	{REQUEST(GET HOST "Content-Length: 0, 0\r\n\r\n"), 400},
	{REQUEST(GET HOST "Content-Length: 0;\r\n\r\n"), 400},
	{REQUEST(GET HOST "Content-Length:\r\n\r\n"), 400},
	{REQUEST(GET HOST "Content-Length: 0\r\ncontent-length: 0\r\n\r\n"), 400},
	{REQUEST(GET HOST "Content-Length: 0\r\nContent-Length: 30\r\n\r\n"), 400},
	{REQUEST(GET HOST "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
	{REQUEST(GET HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400},
	{REQUEST(GET HOST "transfer-encoding: identity\r\n\r\n"), 400},
	{REQUEST("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
};

static const struct example accepted[] = {
	{REQUEST(GET HOST END), 200},
	{REQUEST("HEAD / HTTP/1.1\r\n" HOST END), 200},
	{REQUEST("GET / HTTP/1.0\r\n\r\n"), 200},
	{REQUEST("GET //a/../%2e%2E/;b=c,d:@!$&'()*+~-._ HTTP/1.1\r\n" HOST END), 200},
	{REQUEST("GET /?a=/?%00&b HTTP/1.1\r\n" HOST END), 200},
	{REQUEST("GET /? HTTP/1.1\r\n" HOST END), 200},
	{REQUEST("GET /?a=%2 HTTP/1.1\r\n" HOST END), 200},
	{REQUEST("GET /?a=100%&b=%zz% HTTP/1.1\r\n" HOST END), 200},
	{REQUEST("GET /?a[]={b|c}\\^` HTTP/1.1\r\n" HOST END), 200},
	{REQUEST("GET http://a/metrics HTTP/1.1\r\n" HOST END), 200},
	{REQUEST("GET HTTPS://[::1]:2112?a HTTP/1.1\r\n" HOST END), 200},
	{REQUEST("GET http://a HTTP/1.0\r\n" END), 200},
	{REQUEST("OPTIONS * HTTP/1.1\r\n" HOST END), 200},
	{REQUEST("OPTIONS / HTTP/1.0\r\n" END), 200},
	{REQUEST("\r\n" GET HOST END), 200},
	{REQUEST(GET "Host:\r\n\r\n"), 200},
	{REQUEST(GET "Host: \r\n\r\n"), 200},
	{REQUEST(GET "HOST:a.example:\r\n\r\n"), 200},
	{REQUEST(GET "Host: \t a%2d:2112 \t\r\n\r\n"), 200},
	{REQUEST(GET "Host: [::ffff:127.0.0.1]:2112\r\n\r\n"), 200},
	{REQUEST(GET "Host: [::]\r\n\r\n"), 200},
	{REQUEST(GET HOST "Content-Length: 0\r\n\r\n"), 200},
	{REQUEST(GET HOST "X:\r\nX: \r\nX: a:b \xc3\xa4\t\"\\\r\n!#$%&'*+-.^_`|~: x\r\n\r\n"), 200},
};

/* Reads `size` bytes: first `first` of them, then `step` at a time. */
static int read_split(
	struct http_request *request, const char *bytes, size_t size, size_t first, size_t step)
{
	int status = 0;

	memset(request, 0, sizeof(*request)); /* with the padding, for memcmp() */
	for (size_t have = first;; have = have + step < size ? have + step : size) {
		char *copy = malloc(have ? have : 1);

		memcpy(copy, bytes, have);
		status = http_request_read(request, copy, have, LIMIT);
		free(copy);
		if (status || have == size)
			return status;
	}
}

static void check_splits(const struct example *e, size_t index)
{
	struct http_request whole, split;
	int status = read_split(&whole, e->bytes, e->size, e->size, 1);

	cr_assert_eq(status, e->status, "example %zu: status %d, expected %d: %s", index, status,
		e->status, e->bytes);
	cr_assert_leq(whole.size, e->size);
	for (size_t first = 0; first <= e->size; first++) {
		status = read_split(&split, e->bytes, e->size, first, e->size);
		cr_assert_eq(status, e->status, "example %zu in two parts at %zu: status %d", index,
			first, status);
		cr_assert_eq(memcmp(&whole, &split, sizeof(whole)), 0, "example %zu in two parts",
			index);
	}
	status = read_split(&split, e->bytes, e->size, 0, 1);
	cr_assert_eq(status, e->status, "example %zu byte by byte: status %d", index, status);
	cr_assert_eq(memcmp(&whole, &split, sizeof(whole)), 0, "example %zu byte by byte", index);
}

Test(http_request, is_refused)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		check_splits(&refused[i], i);
}

/* Every shorter prefix is incomplete. The reader leaves the bytes after the request. */
Test(http_request, is_accepted)
{
	for (size_t i = 0; i < sizeof(accepted) / sizeof(*accepted); i++) {
		const struct example *e = &accepted[i];
		struct http_request request;
		char more[512];

		check_splits(e, i);
		cr_assert_eq(read_split(&request, e->bytes, e->size - 1, 0, 1), 0, "%zu", i);
		memcpy(more, e->bytes, e->size);
		memset(more + e->size, 0, sizeof(more) - e->size);
		cr_assert_eq(read_split(&request, more, sizeof(more), sizeof(more), 1), 200);
		cr_assert_eq(request.size, e->size, "%zu", i);
	}
}

/* Returns a request of `size` bytes, whose target has `target` bytes. */
static char *request_of(size_t size, size_t target)
{
	char *bytes = malloc(size + 1), *end = bytes;

	memset(bytes, 'a', size);
	memcpy(end, "GET /", 5);
	end += 4 + target;
	memcpy(end, " HTTP/1.1\r\nHost: a\r\nX:", 22);
	memcpy(bytes + size - 4, "\r\n\r\n", 5);
	return bytes;
}

Test(http_request, has_a_maximum_size)
{
	static const struct {
		size_t size, target;
		int status;
	} cases[] = {
		{LIMIT, 1, 200},
		{LIMIT, LIMIT - 30, 200},
		{LIMIT + 1, 1, 431},
		{LIMIT + 1, LIMIT - 30, 431},
		{64 * LIMIT, 1, 431},
		{LIMIT + 100, LIMIT - 4 - 11, 431}, /* a byte too many for a request line */
		{LIMIT + 100, LIMIT - 4 - 10, 414},
		{64 * LIMIT, 63 * LIMIT, 414},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *bytes = request_of(cases[i].size, cases[i].target);
		struct http_request request;

		for (size_t first = 0; first <= LIMIT; first += LIMIT) {
			int status = read_split(&request, bytes, cases[i].size, first, 1);

			cr_assert_eq(status, cases[i].status, "%zu: %d", i, status);
			cr_assert_eq(request.size, LIMIT, "%zu: %zu", i, request.size);
		}
		free(bytes);
	}
}
