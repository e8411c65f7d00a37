/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The exporter's event loop: timers, signals, and notifications to systemd. */
#ifndef REXMIT_EVENT_LOOP_H
#define REXMIT_EVENT_LOOP_H

#include "exporter.h"

/*
 * Ignores the signals that must not end the program, until the loop handles them. The password
 * checker inherits this, because "systemctl kill -s HUP" and a closed terminal signal it, too.
 */
void event_loop_ignore_signals(void);

/* Adds the events. `exporter` must outlive them. Returns 0, or -ENOMEM after logging one line. */
int event_loop_init(struct exporter *exporter);
/* Safe after event_loop_init() failed or was never called. */
void event_loop_deinit(void);

/* Notifies READY=1 and runs until a signal. Returns 0, or a negative errno after logging a line. */
int event_loop_run(struct exporter *exporter);

#endif
