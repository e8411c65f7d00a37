/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "http/response.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include "common/array.h"
#include "common/utc.h"
#include "http/handler.h"

#define DATE_SIZE sizeof("Sun, 06 Nov 1994 08:49:37 GMT")

/* RFC 9110 15. The phrase may be empty (RFC 9112 4). */
static const char *reason(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} reasons[] = {
		{200, "OK"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{406, "Not Acceptable"},
		{408, "Request Timeout"},
		{413, "Content Too Large"},
		{414, "URI Too Long"},
		{421, "Misdirected Request"},
		{431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"},
		{503, "Service Unavailable"},
		{505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].phrase;
	return "";
}

/* RFC 9110 5.6.7 */
static void date_write(char date[DATE_SIZE])
{
	static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[][4] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct utc now = utc_of((uint64_t)time(NULL));

	snprintf(date, DATE_SIZE, "%s, %02u %s %04u %02u:%02u:%02u GMT", days[now.weekday],
		now.day % 100, months[now.month - 1], now.year % 10000, now.hour, now.minute,
		now.second);
}

int http_response_write(struct evbuffer *output, const struct http_answer *answer,
	struct evbuffer *body, bool head, enum http_persistence persistence)
{
	static const char *const connection[] = {
		[HTTP_PERSISTS] = "",
		[HTTP_PERSISTS_1_0] = "Connection: keep-alive\r\n",
		[HTTP_CLOSES] = "Connection: close\r\n",
	};
	const char *encoding = answer->content_encoding;
	size_t length = evbuffer_get_length(body);
	char date[DATE_SIZE];
	int written;

	date_write(date);
	written = evbuffer_add_printf(output,
		"HTTP/1.1 %d %s\r\n"
		"Date: %s\r\n"
		"Content-Type: %s\r\n"
		"Content-Length: %zu\r\n"
		"%s%s%s"
		"X-Content-Type-Options: nosniff\r\n"
		"Cross-Origin-Resource-Policy: same-origin\r\n"
		"%s%s\r\n",
		answer->status, reason(answer->status), date, answer->content_type, length,
		encoding ? "Content-Encoding: " : "", encoding ? encoding : "",
		encoding ? "\r\n" : "", answer->extra_headers ? answer->extra_headers : "",
		connection[persistence]);
	if (written < 0)
		return -ENOMEM;
	if (head)
		return evbuffer_drain(body, length) ? -ENOMEM : 0;
	return evbuffer_add_buffer(output, body) ? -ENOMEM : 0;
}

static const char *refusal_headers(int status)
{
	switch (status) {
	case 401:
		return "WWW-Authenticate: Basic realm=\"rexmit\", charset=\"UTF-8\"\r\n";
	case 405:
		return "Allow: GET, HEAD, OPTIONS\r\n";
	default:
		return NULL;
	}
}

/* Health checks send OPTIONS, for example haproxy's by default. */
struct http_answer http_response_options(void)
{
	return (struct http_answer){
		.status = 200,
		.content_type = "text/plain; charset=utf-8",
		.extra_headers = "Allow: GET, HEAD, OPTIONS\r\n",
	};
}

struct http_answer http_response_refusal(int status, struct evbuffer *body)
{
	evbuffer_add_printf(body, "%d %s\n", status, reason(status));
	return (struct http_answer){
		.status = status,
		.content_type = "text/plain; charset=utf-8",
		.extra_headers = refusal_headers(status),
	};
}
