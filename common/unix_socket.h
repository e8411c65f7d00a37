/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Unix domain sockets by path: listening, connecting, and the peer's credentials. */
#ifndef REXMIT_UNIX_SOCKET_H
#define REXMIT_UNIX_SOCKET_H

#include <sys/socket.h>
#include <sys/types.h>

/*
 * Makes a non-blocking, close-on-exec SOCK_SEQPACKET socket that listens on `path` with mode 0600,
 * whatever the umask; the caller may widen the mode. Replaces a socket file that no process has
 * bound; leaves anything else at that path alone. If two processes replace the same stale file at
 * the same moment, one may end up without a file.
 * Returns the descriptor, -ENAMETOOLONG, -EADDRINUSE (a process has bound it, or it is no socket),
 * or another negative errno.
 */
int unix_listen(const char *path);

/* The same for SOCK_STREAM, with mode 0660. */
int unix_listen_stream(const char *path);

/*
 * Connects a non-blocking, close-on-exec SOCK_SEQPACKET socket to `path`. Returns the descriptor or
 * a negative errno.
 */
int unix_connect(const char *path);

/* Credentials of the process that connected (SO_PEERCRED, unix(7)). Returns 0 or -errno. */
int unix_peer(int fd, struct ucred *peer);

#endif
