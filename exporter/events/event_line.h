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

/* The names in an event, as UTF-8 without control characters (names.h). */
struct event_names {
	const char *cgroup, *pod_uid, *container_id, *unit, *process;
	const char *src_network, *dst_network; /* NULL without --networks */
};

/* Size of the longest line, in which every byte of the path, unit and process is escaped. */
#define EVENT_LINE_SIZE (6 * (2 * WIRE_PATH_SIZE + WIRE_PROCESS_NAME_SIZE) + 1024)

/* Whether an event gets a line: it has a retransmission, a spurious one, a reset or a timeout. */
bool event_has_line(const struct wire_event *event);

/* Appends the line of titles. JSON has no titles. */
void event_line_header(struct text *text, enum event_format format);

/* Appends the line of an event. `real_ns` is the event's time since 1970. */
void event_line_write(struct text *text, enum event_format format, const struct wire_event *event,
	uint64_t real_ns, const struct event_names *names);

#endif
