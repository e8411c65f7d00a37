/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Parses requests with rexmit's reader, for requests.py. On standard input each request is its size
 * (4 bytes) and its bytes.
 *
 * For each request the program prints a line with the status. If the reader accepts the request,
 * the line also has the request's size, and the parsed fields, with strings in hexadecimal. `next` is
 * the path of the request that follows on the connection. It is "refused" if the reader does not
 * accept that request, and "none" if the server closes the connection after the first request.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "http/handler.h"
#include "http/request.h"

#define LIMIT 32768 /* the same as in http_default_limits */

static void print_string(const char *name, const char *text, size_t size)
{
	printf(" %s=", name);
	for (size_t i = 0; i < size; i++)
		printf("%02x", (uint8_t)text[i]);
}

static void print_accepted(const struct http_request *r, char *bytes)
{
	struct octets host = http_request_host(r, bytes);
	struct http_query query;
	const char *authorization;

	printf(" size=%zu method=%s keep_alive=%d", r->size,
		r->head      ? "HEAD"
		: r->options ? "OPTIONS"
			     : "GET",
		r->keep_alive);
	print_string("host", host.at, r->host.at ? host.size : 0);
	query = http_request_query(r, bytes);
	authorization = http_request_authorization(r, bytes);
	print_string("path", query.path, strlen(query.path));
	print_string("query", query.parameters, strlen(query.parameters));
	print_string("accept", query.accept, strlen(query.accept));
	print_string("encoding", query.accept_encoding, strlen(query.accept_encoding));
	print_string("authorization", authorization, strlen(authorization));
}

static void print_next(bool keep_alive, char *bytes, size_t size)
{
	struct http_request next = {0};
	const char *path;

	if (!keep_alive) {
		printf(" next=none");
	} else if (http_request_read(&next, bytes, size, LIMIT) != HTTP_REQUEST_COMPLETE) {
		printf(" next=refused");
	} else {
		path = http_request_query(&next, bytes).path;
		print_string("next", path, strlen(path));
	}
}

int main(void)
{
	static char bytes[LIMIT + 1];
	uint32_t size;

	while (fread(&size, sizeof(size), 1, stdin) == 1) {
		struct http_request request = {0};
		int status;

		if (size > LIMIT || fread(bytes, 1, size, stdin) != size)
			return 1;
		status = http_request_read(&request, bytes, size, LIMIT);
		printf("%d", status);
		if (status == HTTP_REQUEST_COMPLETE) {
			print_accepted(&request, bytes);
			print_next(request.keep_alive, bytes + request.size, size - request.size);
		}
		putchar('\n');
	}
	return 0;
}
