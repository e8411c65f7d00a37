/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The pages of /metrics that may be sent to more than one client. A page is shared by the requests
 * of one turn of the event loop, and for EXPOSITION_CACHE_SHARED_MS while somebody has not yet taken all
 * of it: many who read slowly then hold one exposition, and one more that is written costs little. Who
 * asks at any other time gets a page of his own, and nothing is kept when all has been sent.
 */
#ifndef REXMIT_EXPOSITION_CACHE_H
#define REXMIT_EXPOSITION_CACHE_H

#include <stdint.h>

#define EXPOSITION_CACHE_SHARED_MS 100

struct event;
struct event_base;
struct http_body;

/* A page differs by its format and its encoding: 2 * enum text_format + whether it is compressed */
#define EXPOSITION_CACHE_KINDS 4

struct exposition_cache {
	struct event *turn_ends;
	struct {
		struct http_body *fresh; /* a reference, until the turn ends */
		struct http_body *held;  /* no reference: NULL when nobody has one */
		uint64_t born_ms;
	} kinds[EXPOSITION_CACHE_KINDS];
};

/* Returns 0 or -ENOMEM. */
int exposition_cache_init(struct exposition_cache *cache, struct event_base *base);
/* Before the event base goes. Accepts one that is all zeros. */
void exposition_cache_deinit(struct exposition_cache *cache);

/* A reference to a page that may be shared now, or NULL. */
struct http_body *exposition_cache_get(struct exposition_cache *cache, unsigned kind);
/* Offers one to those who come. */
void exposition_cache_put(
	struct exposition_cache *cache, unsigned kind, struct http_body *exposition);

#endif
