/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The collector reads the signals of common/signals.h from a descriptor, like other events. */
#ifndef REXMIT_STOP_SIGNALS_H
#define REXMIT_STOP_SIGNALS_H

/* Blocks the signals, so that they only arrive at the descriptor. Returns 0 or -errno. */
int stop_signals_block(void);

/* Returns a descriptor that is readable when a signal has arrived, or a negative errno. */
int stop_signals_open(void);

/*
 * Reads one signal. Returns its number if it is one of signals_stop. Otherwise returns 0; one of
 * signals_noted causes a line in the log.
 */
int stop_signals_read(int fd);

#endif
