/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The printer of event lines on standard output, which may be slow, blocked or closed. Lines wait
 * in a bounded buffer. Lines that the buffer has no room for are lost and counted. No call blocks.
 * On a terminal whose locale is not UTF-8, a character beyond ASCII becomes '?'.
 */
#ifndef REXMIT_PRINTER_H
#define REXMIT_PRINTER_H

#include <stdbool.h>
#include <stdint.h>

#include "events/event_line.h"

struct printer;

/* Prints to `fd`, which the caller keeps. Returns 0 or a negative errno. */
int printer_new(struct printer **printer, int fd, enum event_format format);
/* Calls printer_flush(). Accepts NULL. */
void printer_free(struct printer *printer);

/* Prints an event, if event_has_line(). */
void printer_take(struct printer *printer, const struct wire_event *event, uint64_t real_ns,
	const struct event_names *names);

/* Writes as much as possible without blocking. Call this many times a second. */
void printer_flush(struct printer *printer);

/*
 * Whether the reader has closed the other end of a pipe, socket or terminal. Always false for the
 * journal, which may restart.
 */
bool printer_reader_left(const struct printer *printer);

/* Returns the number of lines lost. */
uint64_t printer_lost(const struct printer *printer);

#endif
