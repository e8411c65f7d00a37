/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The event loop: the ring, timers, signals, and one exporter at a time. */
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
#include "tally.h"
#include "walker.h"

struct server {
	int listener;      /* SOCK_SEQPACKET; the caller owns it */
	uid_t own_uid;     /* stored, because the system call filter forbids geteuid(2) */
	uid_t allowed_uid; /* this user, root and `own_uid` may connect */
	struct probe *probe;
	struct ring *ring;
	struct tally *tally;
	struct walker *walker;

	int epoll;
	int signals;        /* from stop_signals_open() */
	int stop_signal;    /* the stop signal that has arrived; 0: none yet */
	int error;          /* a negative errno that ends the loop; 0: none */
	bool accept_failed; /* the listener is not watched until the next second */
	bool connected;
	struct log_limit refusals[WIRE_REFUSALS]; /* a limit for each reason */
	bool counters_due;                        /* counters of this second are still to be sent */
	struct session session;
	union wire_record hello;
	struct status status;
	struct lookout lookout;
	struct memory_room memory_room;
	uint64_t began_ns; /* CLOCK_MONOTONIC, like the times below */
	uint64_t next_second_ns;
	uint64_t watchdog_ns; /* interval of messages to systemd's watchdog; 0: none */
	uint64_t next_watchdog_ns;
};

/*
 * Opens all files that server_run() needs, except connections. The caller has set the members up to
 * `walker` and called stop_signals_block(). Returns 0 or a negative errno.
 */
int server_init(struct server *server);

/*
 * Runs until one of signals_stop arrives, or the walker's process ends. Detaches the programs,
 * unless they are pinned. Waits up to a second for a connected exporter to acknowledge the rest.
 * Returns 0 or a negative errno.
 */
int server_run(struct server *server);

#endif
