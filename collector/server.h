/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The loop: one exporter at a time, the ring, the clock, the signals. */
#ifndef REXMIT_SERVER_H
#define REXMIT_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/log_limit.h"
#include "lookout.h"
#include "memory_room.h"
#include "probe.h"
#include "ring.h"
#include "session.h"
#include "status.h"
#include "sweep.h"
#include "tally.h"

struct server {
	int listener;      /* of SOCK_SEQPACKET; the caller's */
	uid_t own_uid;     /* who we are by then: asking the kernel is a call outside the filter */
	uid_t allowed_uid; /* who may connect, besides root and ourselves */
	struct probe *probe;
	struct ring *ring;
	struct tally *tally;

	int epoll;
	int signals;     /* signalfd(2) of all in common/signals.h */
	int stop_signal; /* that ends it; 0: none came yet */
	bool deaf;       /* accept(2) failed: the listener is not watched until the next second */
	bool connected;
	struct log_limit refusals[WIRE_REFUSALS]; /* a reason cannot displace another */
	bool counters_due;                        /* the socket had no room for them */
	struct session session;
	union wire_record hello;
	struct status status;
	struct lookout lookout;
	struct sweep sweep;
	struct memory_room memory_room;
	uint64_t began_ns; /* CLOCK_MONOTONIC, like next_... */
	uint64_t next_second_ns;
	uint64_t watchdog_ns; /* interval; 0: none */
	uint64_t next_watchdog_ns;
};

/* Keeps all of common/signals.h for server_run(). Returns 0 or a negative errno. */
int server_block_signals(void);

/*
 * Makes what serving needs, so that server_run() opens nothing but connections; the members up to
 * `tally` have been set. Returns 0 or a negative errno.
 */
int server_init(struct server *server);

/*
 * Serves until one of signals_stop, then detaches the programs and gives a connected exporter a
 * second to take what is left. Returns 0 or a negative errno.
 */
int server_run(struct server *server);

#endif
