/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The exporter's event loop: its timers, the signals that it handles, and what systemd is told. */
#ifndef REXMIT_EVENT_LOOP_H
#define REXMIT_EVENT_LOOP_H

#include "exporter.h"

/*
 * Ignores the signals that must not end the program until the loop handles them. The process that
 * checks passwords inherits this: "systemctl kill -s HUP" and a terminal that closes reach it, too.
 */
void event_loop_ignore_signals(void);

/* Adds the events. `exporter` has to live as long as they do. Returns 0, or -ENOMEM with a line logged. */
int event_loop_init(struct exporter *exporter);
/* Also after event_loop_init() failed or was never called. */
void event_loop_deinit(void);

/* Says READY=1 and runs until a signal ends it. Returns 0 or a negative errno, with a line logged. */
int event_loop_run(struct exporter *exporter);

#endif
