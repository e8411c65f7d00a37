/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Decides by the Host field whether a request is answered. A web site can make its name resolve to
 * an address of this host (DNS rebinding). A visitor's browser then lets the site read what this
 * host serves. The Host field of such a request is the site's name. So the host's names and all
 * addresses are accepted, and other names are refused.
 */
#ifndef REXMIT_HTTP_HOST_NAMES_H
#define REXMIT_HTTP_HOST_NAMES_H

#include <stdbool.h>

#include "http/octets.h"

struct http_host_names {
	const char *own;  /* the name of this host, or "" */
	const char *more; /* more names, comma-separated; ".b" matches all names below b, "*" any */
};

/* `host` has no port. An IPv6 address is in brackets. `host` is "" if the request has none. */
bool http_host_is_named(const struct http_host_names *names, struct octets host);

#endif
