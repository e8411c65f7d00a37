/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Listening sockets of TCP by numeric address, and Unix sockets by path. */
#ifndef REXMIT_HTTP_LISTEN_H
#define REXMIT_HTTP_LISTEN_H

#define HTTP_LISTENERS 8 /* most that one server has */

/*
 * A listening socket for "ADDRESS:PORT", "[v6]:PORT", ":PORT" (all addresses, both families) or
 * "unix:PATH" (mode 0660; a socket file that no process holds is replaced). Addresses are numeric:
 * no name is looked up. Returns the fd, -EINVAL if `text` is no such address, or a negative errno
 * of bind(2), listen(2).
 */
int http_listen(const char *text);
/* Returns 0 or -EINVAL, and opens nothing. */
int http_listen_check(const char *text);

#define HTTP_ADDRESS_SIZE 120 /* "unix:", and the longest path of unix(7) */

/*
 * The address a socket is bound to, in the notation of http_listen(): for the log, and for a caller
 * that asked for port 0. Returns 0 or a negative errno; `text` is then "?".
 */
int http_bound_address(int fd, char text[HTTP_ADDRESS_SIZE]);

#endif
