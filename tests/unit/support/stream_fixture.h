/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A stream that has taken known records, and files that a person has read: tests/unit/golden/. With
 * GOLDEN_UPDATE set in the environment the files are written instead; look at the difference before
 * committing it.
 */
#ifndef REXMIT_STREAM_FIXTURE_H
#define REXMIT_STREAM_FIXTURE_H

#include "intake/stream.h"
#include "text/text.h"

extern struct grouping grouping;
extern struct stream stream;
extern struct rtt rtt;

void begin(unsigned labels, bool all_ports, unsigned prefix4, unsigned prefix6, uint32_t limit);
void end(void);

void take(union wire_record record);
void take_hello(void);
/* Fills in what the other arguments of event_make() do not say. */
void take_event(struct wire_event event, uint32_t sent);
void take_name(uint64_t cgroup_id, const char *path);
/* Connections of both families and roles, all causes. */
void take_events(void);
void take_counters(void);

/* Compares the texts, one after the other, with a file. Returns their size. */
size_t check(const struct text *texts, int count, const char *path);

#endif
