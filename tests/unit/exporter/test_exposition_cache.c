/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Which scrapes share an exposition, and that it is freed after the last reference. */
#include <criterion/criterion.h>
#include <event2/event.h>
#include <stdlib.h>
#include <unistd.h>

#include "http/body.h"
#include "metrics/exposition_cache.h"

static struct event_base *base;
static struct exposition_cache cache;
static size_t meter;

static void start(void)
{
	base = event_base_new();
	cr_assert_eq(exposition_cache_init(&cache, base), 0);
}

static void stop(void)
{
	exposition_cache_deinit(&cache);
	event_base_free(base);
	cr_assert_eq(meter, 0);
}

TestSuite(exposition_cache, .init = start, .fini = stop);

/* Returns the reference of the caller. */
static struct http_body *put(unsigned kind)
{
	struct http_body *exposition = http_body_new(&meter);

	http_body_add(exposition, calloc(1, 100), 100, 100);
	exposition_cache_put(&cache, kind, exposition);
	return exposition;
}

static void next_turn(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

Test(exposition_cache, is_shared_in_its_turn)
{
	http_body_release(put(1));
	for (int i = 0; i < 2; i++) {
		struct http_body *exposition = exposition_cache_get(&cache, 1);

		cr_assert_not_null(exposition);
		http_body_release(exposition);
	}
	cr_assert_null(exposition_cache_get(&cache, 0));
	next_turn();
	cr_assert_null(exposition_cache_get(&cache, 1));
	cr_assert_eq(meter, 0);
}

/* Uses the kernel's clock: a shared exposition is younger than the limit. */
Test(exposition_cache, is_shared_while_held_and_young)
{
	struct http_body *exposition = put(3), *same;

	next_turn();
	same = exposition_cache_get(&cache, 3);
	cr_assert(same == NULL || same == exposition);
	http_body_release(same);
	usleep(EXPOSITION_CACHE_SHARED_MS * 1000);
	cr_assert_null(exposition_cache_get(&cache, 3));
	http_body_release(exposition);
}

Test(exposition_cache, forgets_the_one_before)
{
	struct http_body *old = put(0), *new = put(0);

	cr_assert_eq(meter, 200);
	http_body_release(old);
	cr_assert_eq(meter, 100);
	next_turn();
	http_body_release(new);
	cr_assert_eq(meter, 0);
	cr_assert_null(exposition_cache_get(&cache, 0));
}
