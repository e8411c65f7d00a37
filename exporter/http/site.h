/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Which page caused a request, as the browser says.
 *
 * The pages of any web site may send requests to addresses of this host, and to hosts of its
 * networks. They cannot read the answers, but they could hold the places for clients of /events, and
 * let the exporter work. Pages cannot set or remove the fields that are used here.
 */
#ifndef REXMIT_HTTP_SITE_H
#define REXMIT_HTTP_SITE_H

#include "http/octets.h"

/* The values of fields. A missing field has no octets. */
struct http_site_fields {
	struct octets origin; /* RFC 6454 7 */
	struct octets fetch_site, fetch_mode,
		fetch_dest; /* https://www.w3.org/TR/fetch-metadata/ */
	struct octets host; /* with the port */
};

enum http_site {
	HTTP_SITE_OWN,     /* the exporter's page, a user's address bar, or no browser */
	HTTP_SITE_LINKED,  /* a user follows a link of another site */
	HTTP_SITE_FOREIGN, /* a page of another site requests something */
};

enum http_site http_site_of(const struct http_site_fields *fields);

#endif
