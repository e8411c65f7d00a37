/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * For which hosts requests are answered. A web site can have its own name resolve to an address of
 * this host (DNS rebinding); then the browser of a visitor lets the site read what is served here.
 * The Host field is the site's name in that case. An address in it is no such name.
 */
#ifndef REXMIT_HTTP_HOST_NAMES_H
#define REXMIT_HTTP_HOST_NAMES_H

#include <stdbool.h>

#include "http/octets.h"

struct http_host_names {
	const char *own;  /* the name of this host, or "" */
	const char *more; /* others, with commas in between; ".b" is all below b, "*" any */
};

/* `host` is without its port, an IPv6 address in brackets; "" if the request names none. */
bool http_host_is_named(const struct http_host_names *names, struct octets host);

#endif
