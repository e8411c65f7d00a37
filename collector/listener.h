/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The socket to which the exporter connects, made by systemd or by the collector. */
#ifndef REXMIT_LISTENER_H
#define REXMIT_LISTENER_H

#include "user.h"

struct listener {
	int fd;           /* a SOCK_SEQPACKET socket, non-blocking; -1: none */
	const char *path; /* path in read-only memory; NULL: systemd has made the socket */
};

/*
 * Uses the socket that systemd passed, or else listens on `path`. The collector's socket file gets
 * mode 0660, `owner` and the group of `peer`, if the process may set these. A missing directory is
 * made for `owner`. Returns 0 or a negative errno with one line logged.
 */
int listener_open(struct listener *listener, const char *path, const struct user *owner,
	const struct user *peer);

/* Removes the socket file if the collector has made it. Ignores errors. */
void listener_close(struct listener *listener);

#endif
