/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The exporter's event loop: timers, signals, and notifications to systemd. */
#ifndef REXMIT_EVENT_LOOP_H
#define REXMIT_EVENT_LOOP_H

#include "exporter.h"

/*
 * Ignores the signals that must not end the program, until event_loop_init() handles them. The
 * password checker inherits the ignored signals: "systemctl kill -s HUP" sends SIGHUP to the
 * checker, too.
 */
void event_loop_ignore_signals(void);

/*
 * Adds the events of signals and timers. `exporter` must outlive them. Returns 0, or -ENOMEM after
 * logging one line.
 */
int event_loop_init(struct exporter *exporter);
/* May be called even if event_loop_init() was not called or has failed. */
void event_loop_deinit(void);

/*
 * Notifies READY=1 and runs the loop until a signal ends it. Returns 0, or a negative errno after
 * logging one line.
 */
int event_loop_run(struct exporter *exporter);

#endif
