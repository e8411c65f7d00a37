/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The socket that the exporter connects to: systemd's, or one of our own. */
#ifndef REXMIT_LISTENER_H
#define REXMIT_LISTENER_H

#include "user.h"

struct listener {
	int fd;           /* of SOCK_SEQPACKET, non-blocking; -1: none */
	const char *path; /* of our own socket, in read-only memory; NULL: systemd's */
};

/*
 * Takes the socket that systemd passed, or listens on `path`: a socket file of mode 0660 that
 * belongs to `owner` and to the group of `peer`, as far as we may give it away. A missing directory
 * is made, for `owner`, so that it may remove the file after root is given up. Returns 0 or a
 * negative errno with one line logged.
 */
int listener_open(struct listener *listener, const char *path, const struct user *owner,
	const struct user *peer);

/* Removes the file of our own socket, if we may. */
void listener_close(struct listener *listener);

#endif
