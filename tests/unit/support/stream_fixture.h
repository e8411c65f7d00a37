/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Makes a stream that has received known records, and compares its output with the files in
 * tests/unit/golden/. With GOLDEN_UPDATE in the environment it writes these files. Read the
 * difference before you commit it.
 */
#ifndef REXMIT_STREAM_FIXTURE_H
#define REXMIT_STREAM_FIXTURE_H

#include "intake/stream.h"
#include "text/text.h"

extern struct grouping grouping;
extern struct stream stream;
extern struct histograms histograms;

void begin(unsigned labels, bool all_ports, unsigned prefix4, unsigned prefix6, uint32_t limit);
void end(void);

void take(union wire_record record);
void take_hello(void);
/* Applies an event with `sent` segments sent. Sets the fields that event_make() leaves. */
void take_event(struct wire_event event, uint32_t sent);
void take_name(uint64_t cgroup_id, const char *path);
/* Applies events of both IP versions and roles, with all causes. */
void take_events(void);
void take_counters(void);

/* Compares the concatenated texts with a file. Returns their total size. */
size_t check(const struct text *texts, int count, const char *path);

#endif
