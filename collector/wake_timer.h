/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A timer that ends sleeps of the process in system calls. */
#ifndef REXMIT_WAKE_TIMER_H
#define REXMIT_WAKE_TIMER_H

/* Starts the timer. Returns 0 or a negative errno. */
int wake_timer_start(void);

#endif
