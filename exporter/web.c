/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "web.h"

#include <event2/buffer.h>
#include <string.h>

#include "gzip.h"
#include "http/response.h"
#include "negotiate.h"

/*
 * Nothing but this exporter's own files runs, styles, or is asked for anything; no script can make
 * markup out of a string; and no other page can have this one in a frame.
 */
#define CONTENT_SECURITY_POLICY                                                                    \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "                \
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "        \
	"require-trusted-types-for 'script'; trusted-types 'none'"

static const char page_headers[] = "Cache-Control: no-cache\r\n"
				   "Content-Security-Policy: " CONTENT_SECURITY_POLICY "\r\n"
				   "Referrer-Policy: no-referrer\r\n"
				   "Vary: Accept-Encoding\r\n";

/* The page asks for a file by its content, too: see web/embed.py. */
static const char file_headers[] = "Cache-Control: max-age=31536000, immutable\r\n"
				   "Vary: Accept-Encoding\r\n";

static const struct web_file *find(const char *path)
{
	for (unsigned i = 0; i < web_file_count; i++)
		if (strcmp(web_files[i].path, path) == 0)
			return &web_files[i];
	return NULL;
}

/* For a client without gzip. */
static int add_plain(struct evbuffer *body, const struct web_file *file)
{
	struct evbuffer_iovec space;

	if (evbuffer_reserve_space(body, (ev_ssize_t)file->plain_length, &space, 1) < 1 ||
		gzip_expand(file->gzip, file->length, space.iov_base, file->plain_length) < 0)
		return -1;
	space.iov_len = file->plain_length;
	return evbuffer_commit_space(body, &space, 1);
}

struct http_answer web_answer(const struct http_query *query, struct evbuffer *body)
{
	const struct web_file *file = find(query->path);
	bool gzip = negotiate_gzip(query->accept_encoding);
	int r;

	if (!file)
		return (struct http_answer){0};
	if (query->crowded)
		return (struct http_answer){.status = HTTP_ANSWER_LATER};
	if (gzip)
		r = evbuffer_add_reference(body, file->gzip, file->length, NULL, NULL);
	else
		r = add_plain(body, file);
	if (r < 0)
		return http_response_refusal(503, body);
	return (struct http_answer){
		.status = 200,
		.content_type = file->content_type,
		.content_encoding = gzip ? "gzip" : NULL,
		.extra_headers = file == web_files ? page_headers : file_headers,
	};
}
