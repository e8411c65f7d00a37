/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests how the exporter serves the files of the page: encodings, policy, caching. */
#include <criterion/criterion.h>
#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/body.h"
#include "text/gzip.h"
#include "ui/web_files.h"

/* Sets `*body` to the bytes that the client receives. */
static struct http_answer get(const char *path, const char *encoding, struct evbuffer **body)
{
	const struct http_query query = {
		.path = path,
		.parameters = "",
		.accept = "",
		.accept_encoding = encoding,
	};
	struct http_answer answer = web_answer(&query);

	*body = evbuffer_new();
	if (answer.source)
		cr_assert_eq(answer.source->write(answer.source, *body), 0);
	return answer;
}

static bool has(const struct http_answer *answer, const char *field)
{
	return strstr(answer->extra_headers, field) != NULL;
}

/* The compressed and the plain body are equal to the file in the tree. */
Test(web, serves_each_file)
{
	cr_assert_geq(web_file_count, 2);
	for (unsigned i = 0; i < web_file_count; i++) {
		const struct web_file *file = &web_files[i];
		char *expanded = malloc(file->plain_length);
		struct http_answer packed, plain;
		struct evbuffer *body;

		packed = get(file->path, "gzip", &body);
		cr_assert_eq(packed.status, 200);
		cr_assert_str_eq(packed.content_encoding, "gzip");
		cr_assert_eq(evbuffer_get_length(body), file->length);
		cr_assert_eq(gzip_expand(evbuffer_pullup(body, -1), file->length, expanded,
				     file->plain_length),
			0);
		evbuffer_free(body);
		plain = get(file->path, "", &body);
		cr_assert_eq(plain.status, 200);
		cr_assert_null(plain.content_encoding);
		cr_assert_str_eq(plain.content_type, packed.content_type);
		cr_assert_eq(evbuffer_get_length(body), file->plain_length);
		cr_assert_eq(memcmp(evbuffer_pullup(body, -1), expanded, file->plain_length), 0);
		cr_assert(has(&plain, "Vary: Accept-Encoding\r\n"));
		evbuffer_free(body);
		free(expanded);
	}
}

Test(web, the_page_has_a_strict_policy)
{
	struct evbuffer *body;
	struct http_answer answer = get("/", "gzip", &body);

	cr_assert_str_eq(answer.content_type, "text/html; charset=utf-8");
	cr_assert(has(&answer, "Content-Security-Policy: default-src 'none'; "));
	cr_assert(has(&answer, "frame-ancestors 'none'"));
	cr_assert_not(has(&answer, "unsafe"));
	cr_assert(has(&answer, "Referrer-Policy: no-referrer\r\n"));
	cr_assert(has(&answer, "Cache-Control: no-cache\r\n"));
	evbuffer_free(body);
}

/*
 * The page requests each file with the file's hash. So a browser never uses a cached file of
 * another version.
 */
Test(web, the_page_names_each_file)
{
	struct evbuffer *body;
	char *html;

	get("/", "", &body);
	evbuffer_add(body, "", 1);
	html = (char *)evbuffer_pullup(body, -1);
	for (unsigned i = 1; i < web_file_count; i++) {
		struct evbuffer *unused;
		struct http_answer answer = get(web_files[i].path, "gzip", &unused);
		char name[64];
		unsigned long long hash;
		const char *found;

		snprintf(name, sizeof(name), "=\"%s?", web_files[i].path + 1);
		found = strstr(html, name);
		cr_assert_not_null(found, "%s", name);
		cr_assert_eq(sscanf(found + strlen(name), "%16llx\"", &hash), 1);
		cr_assert(has(&answer, "Cache-Control: max-age=31536000, immutable\r\n"));
		evbuffer_free(unused);
	}
	evbuffer_free(body);
}

Test(web, clients_share_a_plain_file)
{
	const struct http_query query = {.path = "/", .accept_encoding = ""};
	struct http_source *source = web_answer(&query).source;
	struct http_body *first = http_body_new(source), *second;

	cr_assert_eq(web_answer(&query).source, source);
	second = http_body_shared(source);
	cr_assert_eq(first, second);
	cr_assert_eq(http_body_total(), web_files[0].plain_length);
	http_body_release(first);
	http_body_release(second);
	cr_assert_eq(http_body_total(), 0);
}

Test(web, does_not_serve_other_paths)
{
	struct evbuffer *body;

	cr_assert_eq(get("/index.html", "", &body).status, 404);
	cr_assert_eq(evbuffer_get_length(body), 0);
	evbuffer_free(body);
}
