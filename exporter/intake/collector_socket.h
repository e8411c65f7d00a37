/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The socket to the collector, and the check of which user listens there. */
#ifndef REXMIT_COLLECTOR_SOCKET_H
#define REXMIT_COLLECTOR_SOCKET_H

#include <stddef.h>
#include <sys/types.h>

struct collector_socket {
	const char *path;
	uid_t own, collector; /* trusted users, besides root */
};

/* Why there is no connection. */
struct collector_problem {
	char reason[96];
	const char *remedy; /* advice to log after the reason, or "" */
};

/* Returns a connected, non-blocking socket. On failure, sets `problem` and returns a negative errno. */
int collector_socket_connect(
	const struct collector_socket *socket, struct collector_problem *problem);

#endif
