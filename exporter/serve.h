/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The listening sockets: those that systemd passed, or else those of the flags. */
#ifndef REXMIT_SERVE_H
#define REXMIT_SERVE_H

#include "exporter.h"

/* Maximum number of connections to --web.probe-address. */
#define PROBE_CONNECTIONS 8

/*
 * Starts to listen for scrapes and, with --web.probe-address, for probes. Returns 0, or a negative
 * errno after logging one line.
 */
int serve_open(struct exporter *exporter);

void serve_log_addresses(const struct exporter *exporter);

#endif
