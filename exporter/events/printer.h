/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Prints lines to standard output, which may be slow, blocked or closed. Lines wait in a bounded
 * buffer, lines without room are lost and counted, and nothing ever blocks.
 */
#ifndef REXMIT_PRINTER_H
#define REXMIT_PRINTER_H

#include <stdbool.h>
#include <stdint.h>

#include "events/event_line.h"

struct printer;

/* Prints to `fd`, which the caller keeps. Returns 0 or a negative errno. */
int printer_new(struct printer **printer, int fd, enum event_format format);
/* Flushes once more. Accepts NULL. */
void printer_free(struct printer *printer);

/* Prints an event that has a line. */
void printer_take(struct printer *printer, const struct wire_event *event, uint64_t real_ns,
	const struct event_names *names);

/* Writes as much as possible without blocking. To be called a few times a second. */
void printer_flush(struct printer *printer);

/*
 * Whether the reader is gone: the other end of a pipe, socket or terminal was closed. The journal
 * does not count, because it comes back.
 */
bool printer_reader_left(const struct printer *printer);

/* Returns how many lines were lost. */
uint64_t printer_lost(const struct printer *printer);

#endif
