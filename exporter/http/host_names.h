/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Which hosts requests are answered for. A web site can make its own name resolve to an address of
 * this host (DNS rebinding). The browser of a visitor then lets the site read what is served here.
 * In such requests the Host field is the site's name, so addresses are safe to accept.
 */
#ifndef REXMIT_HTTP_HOST_NAMES_H
#define REXMIT_HTTP_HOST_NAMES_H

#include <stdbool.h>

#include "http/octets.h"

struct http_host_names {
	const char *own;  /* the name of this host, or "" */
	const char *more; /* more names, comma-separated; ".b" matches all names below b, "*" any */
};

/* `host` has no port. An IPv6 address is in brackets. It is "" if the request has no host. */
bool http_host_is_named(const struct http_host_names *names, struct octets host);

#endif
