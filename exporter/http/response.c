/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "http/response.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stddef.h>

#include "http/handler.h"

/* RFC 9110 15; a phrase may be empty (RFC 9112 4). */
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
		{431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"},
		{503, "Service Unavailable"},
		{505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].phrase;
	return "";
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
	int written = evbuffer_add_printf(output,
		"HTTP/1.1 %d %s\r\n"
		"Content-Type: %s\r\n"
		"Content-Length: %zu\r\n"
		"%s%s%s"
		"X-Content-Type-Options: nosniff\r\n"
		"%s%s\r\n",
		answer->status, reason(answer->status), answer->content_type, length,
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
		return "Allow: GET, HEAD\r\n";
	default:
		return NULL;
	}
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
