/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The signals that users send, by what both programs do about them. By default each would end a
 * program at once: the collector without its last records, and with its socket file left behind.
 */
#ifndef REXMIT_SIGNALS_H
#define REXMIT_SIGNALS_H

#include <signal.h>

/* End the program in order. SIGQUIT is what Ctrl-\ sends. */
static const int signals_stop[] = {SIGTERM, SIGINT, SIGQUIT};

/*
 * Do not end it; each is a line in the log. SIGHUP is what people send to reload, and what a terminal
 * sends when it is closed; others make other daemons open their log again, or report.
 */
static const int signals_noted[] = {SIGHUP, SIGUSR1, SIGUSR2, SIGALRM};

#define SIGNALS(set) (sizeof(set) / sizeof((set)[0]))

#endif
