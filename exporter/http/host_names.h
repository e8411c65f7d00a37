/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The accepted values of the Host field: the host's names, and all addresses. A web site can make
 * its name resolve to an address of this host (DNS rebinding). As a result, a visitor's browser
 * lets the site read responses of this host. The Host field of such a request has the site's name,
 * so the request is refused.
 */
#ifndef REXMIT_HTTP_HOST_NAMES_H
#define REXMIT_HTTP_HOST_NAMES_H

#include <stdbool.h>

#include "http/octets.h"

struct http_host_names {
	const char *own;  /* the name of this host, or "" */
	const char *more; /* more names, comma-separated; ".b": all names below b; "*": any name */
};

/* Whether `host` is accepted. `host` has no port. An IPv6 address is in brackets. "": no host. */
bool http_host_is_named(const struct http_host_names *names, struct octets host);

#endif
