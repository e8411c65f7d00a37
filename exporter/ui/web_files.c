/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "ui/web_files.h"

#include <errno.h>
#include <event2/buffer.h>
#include <limits.h>
#include <string.h>

#include "common/invariant.h"
#include "text/gzip.h"
#include "text/negotiate.h"

/*
 * This policy allows only scripts, styles and requests of this exporter. It forbids scripts to turn
 * strings into markup, and other pages to show this page in a frame.
 */
#define CONTENT_SECURITY_POLICY                                                                    \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "                \
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "        \
	"require-trusted-types-for 'script'; trusted-types 'none'"

static const char page_headers[] = "Cache-Control: no-cache\r\n"
				   "Content-Security-Policy: " CONTENT_SECURITY_POLICY "\r\n"
				   "Referrer-Policy: no-referrer\r\n"
				   "Vary: Accept-Encoding\r\n";

/* A browser may keep a file, because the file's path has a hash of the content (web/embed.py). */
static const char file_headers[] = "Cache-Control: max-age=31536000, immutable\r\n"
				   "Vary: Accept-Encoding\r\n";

static const struct web_file *web_file_find(const char *path)
{
	for (unsigned i = 0; i < web_file_count; i++)
		if (strcmp(web_files[i].path, path) == 0)
			return &web_files[i];
	return NULL;
}

static int write_gzip(struct http_source *source, struct evbuffer *body)
{
	const struct web_file *file = source->context;

	return evbuffer_add_reference(body, file->gzip, file->length, NULL, NULL);
}

static int write_plain(struct http_source *source, struct evbuffer *body)
{
	const struct web_file *file = source->context;
	struct evbuffer_iovec space;
	int r;

	if (evbuffer_reserve_space(body, (ev_ssize_t)file->plain_length, &space, 1) < 0)
		return -ENOMEM;
	r = gzip_expand(file->gzip, file->length, space.iov_base, file->plain_length);
	space.iov_len = file->plain_length;
	return r < 0 ? r : evbuffer_commit_space(body, &space, 1);
}

#define FILES_MAX 16

/* Clients that receive a file at the same time share its body, without a maximum age. */
static struct http_source *web_source(const struct web_file *file, bool gzip)
{
	static struct http_source sources[2][FILES_MAX];
	struct http_source *source = &sources[gzip][file - web_files];

	invariant(web_file_count <= FILES_MAX);
	source->write = gzip ? write_gzip : write_plain;
	source->context = (void *)file;
	source->shared_ms = UINT_MAX;
	return source;
}

struct http_answer web_answer(const struct http_query *query)
{
	const struct web_file *file = web_file_find(query->path);
	bool gzip = negotiate_gzip(query->accept_encoding);

	if (!file)
		return (struct http_answer){.status = 404};
	return (struct http_answer){
		.status = 200,
		.source = web_source(file, gzip),
		.content_type = file->content_type,
		.content_encoding = gzip ? "gzip" : NULL,
		.extra_headers = file == web_files ? page_headers : file_headers,
	};
}
