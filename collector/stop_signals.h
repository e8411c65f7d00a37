/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Receives the signals of common/signals.h by a descriptor, for the event loop. */
#ifndef REXMIT_STOP_SIGNALS_H
#define REXMIT_STOP_SIGNALS_H

/* Blocks the signals, so that only the descriptor receives them. Returns 0 or -errno. */
int stop_signals_block(void);

/* Returns a descriptor that becomes readable when a signal arrives, or a negative errno. */
int stop_signals_open(void);

/*
 * Reads one signal. Returns the number of a signal of signals_stop. Logs a signal of signals_noted
 * and returns 0. Returns 0 if there is no signal.
 */
int stop_signals_read(int fd);

#endif
