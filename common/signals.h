/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The signals that both programs handle. By default each of these signals would end the program
 * immediately. The collector would lose its last records and leave its socket file.
 */
#ifndef REXMIT_SIGNALS_H
#define REXMIT_SIGNALS_H

#include <signal.h>

#include "array.h"

/* Signals that end the program after its last work. Ctrl-\ sends SIGQUIT. */
static const int signals_stop[] = {SIGTERM, SIGINT, SIGQUIT};

/*
 * Signals that cause only a log line. Users send SIGHUP to reload a daemon, and a terminal sends
 * SIGHUP when it closes. The other signals make some daemons reopen their log or write a report.
 */
static const int signals_noted[] = {SIGHUP, SIGUSR1, SIGUSR2, SIGALRM};

#endif
