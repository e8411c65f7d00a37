/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Unix domain sockets by path: listening, connecting, and who is there. */
#ifndef REXMIT_UNIX_SOCKET_H
#define REXMIT_UNIX_SOCKET_H

#include <sys/socket.h>
#include <sys/types.h>

/*
 * A non-blocking, close-on-exec SOCK_SEQPACKET that listens on `path` with mode 0600 (umask is not
 * consulted; the caller widens it). A socket file that no process holds any more is replaced;
 * anything else at that path is left alone. Of two processes that replace the same stale file at
 * the same moment, one may end up without a file.
 * Returns the fd, or -ENAMETOOLONG, -EADDRINUSE (a process holds it, or it is no socket), or
 * another negative errno.
 */
int unix_listen(const char *path);

/* The same of SOCK_STREAM, with mode 0660. */
int unix_listen_stream(const char *path);

/* A non-blocking, close-on-exec SOCK_SEQPACKET connected to `path`. Returns the fd or a negative errno. */
int unix_connect(const char *path);

/* Credentials of the process that connected (SO_PEERCRED, unix(7)). Returns 0 or -errno. */
int unix_peer(int fd, struct ucred *peer);

#endif
