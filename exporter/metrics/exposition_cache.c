/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "metrics/exposition_cache.h"

#include <errno.h>
#include <event2/event.h>

#include "common/clock.h"
#include "http/body.h"

static void drop_fresh(struct exposition_cache *cache)
{
	for (unsigned kind = 0; kind < EXPOSITION_CACHE_KINDS; kind++) {
		http_body_release(cache->kinds[kind].fresh);
		cache->kinds[kind].fresh = NULL;
	}
}

static void turn_ends_cb(evutil_socket_t none, short what, void *context)
{
	(void)none, (void)what;
	drop_fresh(context);
}

int exposition_cache_init(struct exposition_cache *cache, struct event_base *base)
{
	*cache = (struct exposition_cache){.turn_ends = evtimer_new(base, turn_ends_cb, cache)};
	return cache->turn_ends ? 0 : -ENOMEM;
}

void exposition_cache_deinit(struct exposition_cache *cache)
{
	drop_fresh(cache);
	if (cache->turn_ends)
		event_free(cache->turn_ends);
}

struct http_body *exposition_cache_get(struct exposition_cache *cache, unsigned kind)
{
	struct http_body *fresh = cache->kinds[kind].fresh, *held = cache->kinds[kind].held;

	if (fresh)
		return http_body_reference(fresh);
	if (held &&
		clock_ms(CLOCK_MONOTONIC) - cache->kinds[kind].born_ms < EXPOSITION_CACHE_SHARED_MS)
		return http_body_reference(held);
	return NULL;
}

void exposition_cache_put(
	struct exposition_cache *cache, unsigned kind, struct http_body *exposition)
{
	struct http_body *before = cache->kinds[kind].held;

	if (before)
		before->weak = NULL;
	http_body_release(cache->kinds[kind].fresh);
	cache->kinds[kind].fresh = http_body_reference(exposition);
	cache->kinds[kind].held = exposition;
	cache->kinds[kind].born_ms = clock_ms(CLOCK_MONOTONIC);
	exposition->weak = &cache->kinds[kind].held;
	/* A timer without delay expires in the next turn of the loop. */
	evtimer_add(cache->turn_ends, &(struct timeval){0});
}
