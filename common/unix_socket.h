/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Unix domain sockets by path: listening, connecting, and the peer's credentials. */
#ifndef REXMIT_UNIX_SOCKET_H
#define REXMIT_UNIX_SOCKET_H

#include <sys/socket.h>
#include <sys/types.h>

/*
 * Makes a non-blocking, close-on-exec SOCK_SEQPACKET socket that listens on `path`. The file has
 * `mode` from the start, independent of the umask. Replaces a socket file that no process has
 * bound. If two processes replace such a file at the same moment, one of them may lose its file.
 *
 * Returns the descriptor, -ENAMETOOLONG, -EADDRINUSE (a process has bound the file, or the file is
 * no socket), or another negative errno.
 */
int unix_listen(const char *path, mode_t mode);

/* Like unix_listen(), but makes a SOCK_STREAM socket, and the file has mode 0660. */
int unix_listen_stream(const char *path);

/*
 * Connects a non-blocking, close-on-exec SOCK_SEQPACKET socket to `path`. Returns the descriptor or
 * a negative errno.
 */
int unix_connect(const char *path);

/*
 * Makes a listener's connections refuse files that a peer sends (SCM_RIGHTS). The program would
 * have to close such a file, and close(2) of a TCP socket sleeps for a time that the sender can
 * choose (SO_LINGER). A connection inherits the option SO_PASSRIGHTS from the listener. Without the
 * option, a hostile client can delay the program: on kernels before 6.16, and on connections that
 * systemd accepted before the start. The function does nothing to a TCP socket.
 */
void unix_refuse_files(int fd);

/*
 * Reads the credentials of the process that connected (SO_PEERCRED, unix(7)). Returns 0 or -errno.
 */
int unix_peer(int fd, struct ucred *peer);

#endif
