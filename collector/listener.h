/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The socket that the exporter connects to: passed by systemd, or made by the collector. */
#ifndef REXMIT_LISTENER_H
#define REXMIT_LISTENER_H

#include "user.h"

struct listener {
	int fd;           /* a SOCK_SEQPACKET socket, non-blocking; -1: none */
	const char *path; /* of the collector's own socket, in read-only memory; NULL: systemd's */
};

/*
 * Uses the socket that systemd passed, or listens on `path`. The socket file then has mode 0660 and
 * belongs to `owner` and to the group of `peer`, as far as the process may change that. A missing
 * directory is made and given to `owner`, so that the collector can remove the file after dropping
 * root. Returns 0 or a negative errno with one line logged.
 */
int listener_open(struct listener *listener, const char *path, const struct user *owner,
	const struct user *peer);

/* Removes the file of the collector's own socket, if it may. */
void listener_close(struct listener *listener);

#endif
