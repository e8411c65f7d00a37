/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "ui/web_files.h"

#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

#include "common/invariant.h"
#include "http/body.h"
#include "http/response.h"
#include "text/gzip.h"
#include "text/negotiate.h"

/*
 * Allows this exporter's own scripts, styles and requests only. Forbids scripts to turn strings
 * into markup, and other pages to embed this one in a frame.
 */
#define CONTENT_SECURITY_POLICY                                                                    \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "                \
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "        \
	"require-trusted-types-for 'script'; trusted-types 'none'"

static const char page_headers[] = "Cache-Control: no-cache\r\n"
				   "Content-Security-Policy: " CONTENT_SECURITY_POLICY "\r\n"
				   "Referrer-Policy: no-referrer\r\n"
				   "Vary: Accept-Encoding\r\n";

/* The page requests a file by a hash of its content: see web/embed.py. */
static const char file_headers[] = "Cache-Control: max-age=31536000, immutable\r\n"
				   "Vary: Accept-Encoding\r\n";

static const struct web_file *web_file_find(const char *path)
{
	for (unsigned i = 0; i < web_file_count; i++)
		if (strcmp(web_files[i].path, path) == 0)
			return &web_files[i];
	return NULL;
}

/*
 * Uncompressed files that are being sent to clients without gzip, shared by all of them. These are
 * not references: NULL when no client receives the file.
 */
#define FILES_MAX 16
static struct http_body *plain_bodies[FILES_MAX];

/* Returns a reference to the uncompressed file, or NULL. */
static struct http_body *plain_body(const struct web_file *file, size_t *meter)
{
	struct http_body **shared = &plain_bodies[file - web_files];
	struct http_body *body;
	char *plain;

	invariant(web_file_count <= FILES_MAX);
	if (*shared)
		return http_body_reference(*shared);
	body = http_body_new(meter);
	plain = malloc(file->plain_length);
	if (!body || !plain ||
		gzip_expand(file->gzip, file->length, plain, file->plain_length) < 0) {
		free(plain);
		http_body_release(body);
		return NULL;
	}
	http_body_add(body, plain, file->plain_length, file->plain_length);
	body->weak = shared;
	*shared = body;
	return body;
}

struct http_answer web_answer(const struct http_query *query, struct evbuffer *body)
{
	const struct web_file *file = web_file_find(query->path);
	bool gzip = negotiate_gzip(query->accept_encoding);
	struct http_body *shared = NULL;

	if (!file)
		return (struct http_answer){0};
	if (query->crowded)
		return (struct http_answer){.status = HTTP_ANSWER_LATER};
	if (!gzip)
		shared = plain_body(file, query->body_bytes);
	if (gzip ? evbuffer_add_reference(body, file->gzip, file->length, NULL, NULL) : !shared)
		return http_response_refusal(503, body);
	return (struct http_answer){
		.status = 200,
		.content_type = file->content_type,
		.content_encoding = gzip ? "gzip" : NULL,
		.extra_headers = file == web_files ? page_headers : file_headers,
		.shared = shared,
	};
}
