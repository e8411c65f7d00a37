/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Lines for standard output, which may be slow, stuck or gone: they wait in a bounded buffer, what
 * finds no room there is lost and counted, and nothing ever blocks.
 */
#ifndef REXMIT_PRINTER_H
#define REXMIT_PRINTER_H

#include <stdbool.h>
#include <stdint.h>

#include "events/event_line.h"

struct printer;

/* Prints to `fd`, which stays the caller's. Returns 0 or a negative errno. */
int printer_new(struct printer **printer, int fd, enum event_format format);
/* Flushes once more. */
void printer_free(struct printer *printer);

/* A line for an event that retransmits or has a reset; others have none. */
void printer_take(struct printer *printer, const struct wire_event *event, uint64_t real_ns,
	const char *cgroup);

/* Writes as much as can be taken now; a few times a second at least. */
void printer_flush(struct printer *printer);

/*
 * Whether nobody can read the lines any more: the other end of a pipe, a socket or a terminal is
 * closed. The journal is another matter: it comes back.
 */
bool printer_reader_left(const struct printer *printer);

/* How many lines were lost. */
uint64_t printer_lost(const struct printer *printer);

#endif
