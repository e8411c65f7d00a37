/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* An event as a line of text: for a person, or as JSON. */
#ifndef REXMIT_EVENT_LINE_H
#define REXMIT_EVENT_LINE_H

#include <stdint.h>

#include "protocol/wire.h"
#include "text/text.h"

enum event_format {
	EVENT_HUMAN,
	EVENT_JSON,
};

/* The longest line: a path of which every byte is escaped, and the rest. */
#define EVENT_LINE_SIZE (6 * WIRE_PATH_SIZE + 512)

/* What stands above the lines; JSON has nothing. */
void event_line_header(struct text *text, enum event_format format);

/* `real_ns` is when it was, since 1970; `cgroup` the path of its cgroup, as
 * cgroups_path() gives it. */
void event_line_write(struct text *text, enum event_format format, const struct wire_event *event,
	uint64_t real_ns, const char *cgroup);

#endif
