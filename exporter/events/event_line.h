/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* An event as a line of text, human-readable or JSON. */
#ifndef REXMIT_EVENT_LINE_H
#define REXMIT_EVENT_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/wire.h"
#include "text/text.h"

enum event_format {
	EVENT_HUMAN,
	EVENT_JSON,
};

/* The names of an event. The other names are parts of the path, or short. */
struct event_names {
	const char *cgroup, *pod_uid, *container_id, *unit;
	const char *src_network, *dst_network; /* NULL: networks have no names */
};

/* The longest line: a path and a unit with every byte escaped, and the other fields. */
#define EVENT_LINE_SIZE (2 * 6 * WIRE_PATH_SIZE + 1024)

/* Only events that have a retransmission, a reset or a timeout get a line. */
bool event_has_line(const struct wire_event *event);

/* The title line; JSON has none. */
void event_line_header(struct text *text, enum event_format format);

/* `real_ns` is the time of the event since 1970. */
void event_line_write(struct text *text, enum event_format format, const struct wire_event *event,
	uint64_t real_ns, const struct event_names *names);

#endif
