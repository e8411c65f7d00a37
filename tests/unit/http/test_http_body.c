/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Clients share one copy of a body. It counts once, and the last client frees it. */
#include <criterion/criterion.h>
#include <errno.h>
#include <event2/buffer.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/body.h"
#include "http/handler.h"

#define SHARED_MS 50

static unsigned written;

static void free_cb(const void *data, size_t length, void *context)
{
	(void)length, (void)context;
	free((void *)data);
}

static int write_hello(struct http_source *source, struct evbuffer *body)
{
	(void)source;
	written++;
	evbuffer_add_reference(body, strdup("hello "), 6, free_cb, NULL);
	evbuffer_add_reference(body, "world", 5, NULL, NULL);
	return 0;
}

static int write_part(struct http_source *source, struct evbuffer *body)
{
	(void)source;
	evbuffer_add(body, "hello", 5);
	return -ENOMEM;
}

Test(http_body, is_in_two_buffers_and_counts_once)
{
	struct http_source source = {.write = write_hello, .shared_ms = UINT_MAX};
	struct http_body *first = http_body_new(&source), *second = http_body_shared(&source);
	struct evbuffer *outputs[2] = {evbuffer_new(), evbuffer_new()};
	char text[12] = "";

	cr_assert_eq(first, second);
	cr_assert_eq(written, 1);
	for (int i = 0; i < 2; i++)
		cr_assert_eq(http_body_append(first, outputs[i]), 0);
	cr_assert_eq(http_body_total(), 11);
	evbuffer_free(outputs[0]);
	http_body_release(first);
	cr_assert_eq(http_body_total(), 11);
	cr_assert_eq(evbuffer_remove(outputs[1], text, sizeof(text)), 11);
	cr_assert_str_eq(text, "hello world");
	evbuffer_free(outputs[1]);
	http_body_release(second);
	cr_assert_eq(http_body_total(), 0);
	cr_assert_null(http_body_shared(&source));
	http_body_release(NULL);
}

/* Uses the kernel's clock. A shared body is younger than its limit. */
Test(http_body, is_shared_while_young)
{
	struct http_source source = {.write = write_hello, .shared_ms = SHARED_MS};
	struct http_body *body = http_body_new(&source), *same = http_body_shared(&source);

	cr_assert(same == NULL || same == body);
	http_body_release(same);
	usleep(SHARED_MS * 1000);
	cr_assert_null(http_body_shared(&source));
	http_body_release(body);
}

Test(http_body, clients_share_the_newest_body)
{
	struct http_source source = {.write = write_hello, .shared_ms = UINT_MAX};
	struct http_body *old = http_body_new(&source), *newest = http_body_new(&source);

	cr_assert_eq(http_body_total(), 22);
	http_body_release(old);
	cr_assert_eq(http_body_total(), 11);
	cr_assert_eq(http_body_shared(&source), newest);
	http_body_release(newest);
	cr_assert_eq(http_body_total(), 11);
	http_body_release(newest);
	cr_assert_eq(http_body_total(), 0);
}

Test(http_body, an_incomplete_body_is_not_shared)
{
	struct http_source source = {.write = write_part, .shared_ms = UINT_MAX};

	cr_assert_null(http_body_new(&source));
	cr_assert_null(http_body_shared(&source));
	cr_assert_eq(http_body_total(), 0);
}
