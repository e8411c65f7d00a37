/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Clients share one copy of a body: it is counted once, and freed with its last reference. */
#include <criterion/criterion.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

#include "http/body.h"

static struct http_body *hello_world(size_t *meter)
{
	struct http_body *body = http_body_new(meter);

	http_body_add(body, strdup("hello "), 6, 4096);
	http_body_add(body, NULL, 0, 0);
	http_body_add(body, strdup("world"), 5, 5);
	return body;
}

Test(http_body, is_in_two_buffers_and_counts_once)
{
	struct evbuffer *one = evbuffer_new(), *two = evbuffer_new();
	struct http_body *body;
	size_t meter = 5;
	char text[12] = "";

	body = hello_world(&meter);
	cr_assert_eq(meter, 5 + 4096 + 5);
	cr_assert_eq(http_body_append(body, one), 0);
	cr_assert_eq(http_body_append(body, two), 0);
	http_body_release(body);
	cr_assert_eq(meter, 5 + 4096 + 5);
	evbuffer_free(one);
	cr_assert_eq(meter, 5 + 4096 + 5);
	cr_assert_eq(evbuffer_remove(two, text, sizeof(text)), 11);
	cr_assert_str_eq(text, "hello world");
	cr_assert_eq(meter, 5);
	evbuffer_free(two);
}

Test(http_body, tells_who_points_to_it)
{
	size_t meter = 0;
	struct http_body *weak, *body = hello_world(&meter);

	weak = body;
	body->weak = &weak;
	http_body_release(http_body_reference(body));
	cr_assert_eq(weak, body);
	http_body_release(body);
	cr_assert_eq(weak, NULL);
	cr_assert_eq(meter, 0);
	http_body_release(NULL);
}
