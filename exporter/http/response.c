/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "http/response.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/array.h"
#include "common/utc.h"
#include "http/body.h"
#include "http/handler.h"

#define DATE_SIZE sizeof("Sun, 06 Nov 1994 08:49:37 GMT")

/* Returns the phrase of a status (RFC 9110 15), or "" (RFC 9112 4). */
static const char *reason(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} reasons[] = {
		{200, "OK"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
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

/* Writes the current date (RFC 9110 5.6.7). */
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

static const char *refusal_headers(int status)
{
	switch (status) {
	case 401:
		return "WWW-Authenticate: Basic realm=\"rexmit\", charset=\"UTF-8\"\r\n";
	case 405:
		return "Allow: GET, HEAD, OPTIONS\r\n";
	default:
		return "";
	}
}

#define LENGTH_SIZE sizeof("Content-Length: 18446744073709551615\r\n")

/*
 * Returns the field Content-Length. Without it, the body ends with the connection (RFC 9112 6.3).
 */
static const char *length_field(
	char field[LENGTH_SIZE], const struct http_answer *answer, size_t length)
{
	if (answer->feed)
		return "";
	snprintf(field, LENGTH_SIZE, "Content-Length: %zu\r\n", length);
	return field;
}

static int header_write(struct evbuffer *output, const struct http_answer *answer, size_t length,
	enum http_persistence persistence)
{
	static const char *const connection[] = {
		[HTTP_PERSISTS] = "",
		[HTTP_PERSISTS_1_0] = "Connection: keep-alive\r\n",
		[HTTP_CLOSES] = "Connection: close\r\n",
	};
	const char *encoding = answer->content_encoding, *extra = answer->extra_headers;
	char date[DATE_SIZE], field[LENGTH_SIZE];
	int written;

	date_write(date);
	written = evbuffer_add_printf(output,
		"HTTP/1.1 %d %s\r\n"
		"Date: %s\r\n"
		"Content-Type: %s\r\n"
		"%s"
		"%s%s%s"
		"X-Content-Type-Options: nosniff\r\n"
		"Cross-Origin-Resource-Policy: same-origin\r\n"
		"%s%s\r\n",
		answer->status, reason(answer->status), date,
		answer->content_type ? answer->content_type : "text/plain; charset=utf-8",
		length_field(field, answer, length), encoding ? "Content-Encoding: " : "",
		encoding ? encoding : "", encoding ? "\r\n" : "",
		extra ? extra : refusal_headers(answer->status), connection[persistence]);
	return written < 0 ? -ENOMEM : 0;
}

int http_response_write(struct evbuffer *output, const struct http_answer *answer,
	struct http_body *body, bool head, enum http_persistence persistence)
{
	const char *text = answer->text;
	char line[64];
	size_t length;
	int error;

	snprintf(line, sizeof(line), "%d %s", answer->status, reason(answer->status));
	text = text ? text : line;
	length = body ? body->size : strlen(text) + (*text != '\0');
	error = header_write(output, answer, length, persistence);
	if (error || head || length == 0 || answer->feed)
		return error;
	if (body)
		return http_body_append(body, output);
	return evbuffer_add_printf(output, "%s\n", text) < 0 ? -ENOMEM : 0;
}
