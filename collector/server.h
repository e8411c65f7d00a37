/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The loop: one exporter at a time, the ring, the clock, the signals. */
#ifndef REXMIT_SERVER_H
#define REXMIT_SERVER_H

#include <sys/types.h>

#include "probe.h"
#include "ring.h"
#include "tally.h"

struct server {
	int listener;      /* of SOCK_SEQPACKET; stays the caller's */
	uid_t allowed_uid; /* who may connect, besides root and ourselves */
	struct probe *probe;
	struct ring *ring;
	struct tally *tally;
};

/* Blocks SIGTERM and SIGINT, which from now on end server_run(). Before anything is started. */
int server_catch_signals(void);

/*
 * Serves until SIGTERM or SIGINT, then detaches the programs and gives a connected exporter a
 * second to take what is left. Returns 0 or a negative errno.
 */
int server_run(const struct server *server);

#endif
