/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The pages of /metrics that may be sent to more than one client. A page is shared by the requests
 * of one turn of the event loop, and for PAGE_CACHE_SHARED_MS while somebody has not yet taken all
 * of it: many who read slowly then hold one page, and one more that is written costs little. Who
 * asks at any other time gets a page of his own, and nothing is kept when all has been sent.
 */
#ifndef REXMIT_PAGE_CACHE_H
#define REXMIT_PAGE_CACHE_H

#include <stdint.h>

#define PAGE_CACHE_SHARED_MS 100

struct event;
struct event_base;
struct http_body;

/* A page differs by its format and its encoding: 2 * enum text_format + whether it is compressed */
#define PAGE_CACHE_KINDS 4

struct page_cache {
	struct event *turn_ends;
	struct {
		struct http_body *fresh; /* a reference, until the turn ends */
		struct http_body *held;  /* no reference: NULL when nobody has one */
		uint64_t born_ms;
	} kinds[PAGE_CACHE_KINDS];
};

/* Returns 0 or -ENOMEM. */
int page_cache_init(struct page_cache *cache, struct event_base *base);
/* Before the event base goes. Accepts one that is all zeros. */
void page_cache_deinit(struct page_cache *cache);

/* A reference to a page that may be shared now, or NULL. */
struct http_body *page_cache_get(struct page_cache *cache, unsigned kind);
/* Offers one to those who come. */
void page_cache_put(struct page_cache *cache, unsigned kind, struct http_body *page);

#endif
