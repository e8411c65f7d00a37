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

/* The names of an event, as UTF-8 without control characters (names.h). */
struct event_names {
	const char *cgroup, *pod_uid, *container_id, *unit, *process;
	const char *src_network, *dst_network; /* NULL without --networks */
};

/* The longest line has a path, a unit and a process with every byte escaped. */
#define EVENT_LINE_SIZE (6 * (2 * WIRE_PATH_SIZE + WIRE_PROCESS_NAME_SIZE) + 1024)

/* Whether an event gets a line: it has a retransmission, also a needless one, a reset or a timeout. */
bool event_has_line(const struct wire_event *event);

/* Appends the line of titles, which JSON does not have. */
void event_line_header(struct text *text, enum event_format format);

/* Appends the line of an event. `real_ns` is its time since 1970. */
void event_line_write(struct text *text, enum event_format format, const struct wire_event *event,
	uint64_t real_ns, const struct event_names *names);

#endif
