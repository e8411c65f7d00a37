/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* A process that does one kind of work for the program. */
#ifndef REXMIT_CHILD_H
#define REXMIT_CHILD_H

#include <stddef.h>

struct child {
	const char *name; /* for ps(1), at most 15 bytes */
	/*
	 * The work. `fd` is connected to the program. It reads end of file when the program has
	 * ended, and run() must then return. After run() the process ends.
	 */
	void (*run)(int fd, void *context);
	void *context;
	const int *kept; /* descriptors that run() needs, in addition to 0, 1, 2 and `fd` */
	size_t n_kept;
};

/*
 * Starts the process. It ignores the signals that stop a program, because systemd sends SIGTERM to
 * all processes of the unit. Returns a SOCK_SEQPACKET socket, connected to the process, which the
 * caller owns, or a negative errno.
 */
int child_start(const struct child *child);

#endif
