/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The connection to the collector: made again whenever it is lost, read without ever blocking.
 */
#ifndef REXMIT_LINK_H
#define REXMIT_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "intake/stream.h"

struct event_base;
struct link;

enum link_state {
	LINK_DOWN,    /* waiting to try again */
	LINK_WAITING, /* connected, no HELLO yet */
	LINK_SILENT,  /* greeted, but no packet for LINK_SILENT_SECONDS */
	LINK_UP,
};

/* A collector sends counters once a second. */
#define LINK_SILENT_SECONDS 10

/*
 * Connects to the socket at `path` now and whenever needed, and believes what root, the own user or
 * `collector` serves there. `path` and `stream` outlive the link.
 * Returns 0, or -ENAMETOOLONG or another negative errno for a path that can never be connected to.
 */
int link_new(struct link **link, struct event_base *base, const char *path, uid_t collector,
	struct stream *stream);
void link_free(struct link *link);

enum link_state link_state(const struct link *link);
/* One phrase on the state, with the reason if it is not up. Valid until the next call. */
const char *link_describe(struct link *link);

#endif
