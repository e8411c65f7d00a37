/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The connection to the collector. The link reconnects automatically, and never blocks. */
#ifndef REXMIT_LINK_H
#define REXMIT_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "intake/stream.h"

struct event_base;
struct link;

enum link_state {
	LINK_DOWN,    /* waiting to reconnect */
	LINK_WAITING, /* connected, no HELLO yet */
	LINK_SILENT,  /* HELLO received, but no packet for LINK_SILENT_SECONDS */
	LINK_UP,
};

#define LINK_SILENT_SECONDS 10 /* the collector sends counters once a second */

/*
 * Connects to the socket at `path`, and reconnects when needed. Trusts a listener only if its user
 * is root, the exporter's user, or `collector`. `path` and `stream` must outlive the link. Returns 0,
 * -ENAMETOOLONG if `path` is too long for a socket address, or -ENOMEM.
 */
int link_new(struct link **link, struct event_base *base, const char *path, uid_t collector,
	struct stream *stream);
void link_free(struct link *link);

enum link_state link_state(const struct link *link);
/*
 * Returns a text about the state, valid until the next call. If the link is down, the text is the
 * reason.
 */
const char *link_describe(struct link *link);

#endif
