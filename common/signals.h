/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The signals that users send, grouped by the reaction of both programs. By default each of them
 * would end a program at once: the collector would lose its last records and leave its socket file.
 */
#ifndef REXMIT_SIGNALS_H
#define REXMIT_SIGNALS_H

#include <signal.h>

#include "array.h"

/* These end the program in order. SIGQUIT is what Ctrl-\ sends. */
static const int signals_stop[] = {SIGTERM, SIGINT, SIGQUIT};

/*
 * These do not end the program; each causes a line in the log. Users send SIGHUP to reload a
 * daemon, and a terminal sends it when it closes. The others make other daemons reopen their log or
 * report.
 */
static const int signals_noted[] = {SIGHUP, SIGUSR1, SIGUSR2, SIGALRM};

#endif
