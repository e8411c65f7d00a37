/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The event loop, with a probe that the fixture plays, and a clock that only waiting moves:
 * epoll_pwait() returns at once and moves the clock by the time that it was to wait.
 */
#ifndef TEST_SERVER_FIXTURE_H
#define TEST_SERVER_FIXTURE_H

#include "server.h"
#include "support/kernel_ring.h"

#define OWN_UID 901
#define ALLOWED_UID 902

/* The state of the probe, and of the memory of its cgroup. */
extern struct fake_probe {
	bool attached, pinned;
	uint32_t stored, limited_to;
	uint32_t room_for; /* sockets */
	unsigned last_sweeps;
	int walker_result;
} fake;

extern struct kernel_ring kernel;
extern struct tally tally;
extern struct server server;
extern char server_directory[];
extern uid_t client_uid;      /* what the sockets of clients show */
extern unsigned waits;        /* number of calls of epoll_pwait(), with the current one */
extern void (*at_wait)(void); /* called before each wait */

void server_setup(void);
void server_teardown(void);

uint64_t elapsed_ms(void);

/* Runs the server until a step sends a stop signal. `step` is called before each wait. */
void run_to_the_end(void (*step)(void));

int connect_client(void);

/* For steps: stop the server when the time has passed. */
void stop_after_ms(uint64_t ms);
void stop_at_once(void);
void stop_after_3s(void);

#endif
