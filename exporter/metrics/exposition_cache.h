/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Expositions that several clients share. Requests in one turn of the event loop share an
 * exposition. So do requests within EXPOSITION_CACHE_SHARED_MS, while another client is still
 * receiving it. This bounds the memory and CPU time that many slow clients cost. All other requests
 * get a new exposition, and none is kept after it has been sent.
 */
#ifndef REXMIT_EXPOSITION_CACHE_H
#define REXMIT_EXPOSITION_CACHE_H

#include <stdint.h>

#define EXPOSITION_CACHE_SHARED_MS 100

struct event;
struct event_base;
struct http_body;

/* One for each format and encoding: 2 * enum text_format + (1 if compressed). */
#define EXPOSITION_CACHE_KINDS 4

struct exposition_cache {
	struct event *turn_ends;
	struct {
		struct http_body *fresh; /* holds a reference until the turn ends */
		struct http_body *held;  /* holds no reference; NULL when there is none */
		uint64_t born_ms;
	} kinds[EXPOSITION_CACHE_KINDS];
};

/* Returns 0 or -ENOMEM. */
int exposition_cache_init(struct exposition_cache *cache, struct event_base *base);
/* To be called before the event base is freed. Accepts a cache that is all zeros. */
void exposition_cache_deinit(struct exposition_cache *cache);

/* Returns a reference to an exposition that may be shared now, or NULL. */
struct http_body *exposition_cache_get(struct exposition_cache *cache, unsigned kind);
/* Offers an exposition to the next requests. */
void exposition_cache_put(
	struct exposition_cache *cache, unsigned kind, struct http_body *exposition);

#endif
