/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "http/site.h"

#include <strings.h>

/* Whether an origin has this host and port. A proxy in front may serve another scheme. */
static bool has_host(struct octets origin, struct octets host)
{
	size_t scheme = octets_scheme_size(origin);

	return scheme && origin.size - scheme == host.size &&
	       strncasecmp(origin.at + scheme, host.at, host.size) == 0;
}

/*
 * A browser sends Sec-Fetch-Site to loopback addresses and over TLS. To other addresses it sends at
 * most Origin, which images and links do not have. If there are both, Sec-Fetch-Site decides,
 * because a proxy may have replaced the Host. Another port of this host ("same-site") is another
 * site.
 */
enum http_site http_site_of(const struct http_site_fields *f)
{
	if (!f->fetch_site.size)
		return !f->origin.size || has_host(f->origin, f->host) ? HTTP_SITE_OWN
								       : HTTP_SITE_FOREIGN;
	if (octets_equal(f->fetch_site, "same-origin") || octets_equal(f->fetch_site, "none"))
		return HTTP_SITE_OWN;
	if (octets_equal(f->fetch_mode, "navigate") && octets_equal(f->fetch_dest, "document"))
		return HTTP_SITE_LINKED;
	return HTTP_SITE_FOREIGN;
}
