/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Listening sockets: TCP by numeric address, and Unix sockets by path. */
#ifndef REXMIT_HTTP_LISTEN_H
#define REXMIT_HTTP_LISTEN_H

#define HTTP_LISTENERS 8 /* per server */

/*
 * Opens a listening socket for "ADDRESS:PORT", "[IPV6]:PORT", ":PORT" (all addresses of both
 * families) or "unix:PATH". Addresses are numeric; names are not resolved. A Unix socket has mode
 * 0660 and replaces a socket file that no process uses. Returns the socket, -EINVAL if `text` is
 * malformed, or a negative errno of bind(2) or listen(2).
 */
int http_listen(const char *text);
/* Checks `text` without opening a socket. Returns 0 or -EINVAL. */
int http_listen_check(const char *text);

#define HTTP_ADDRESS_SIZE 120 /* "unix:" and the longest path of unix(7) */

/*
 * Writes the address to which a socket is bound, in the notation of http_listen(), or as "unix:@NAME"
 * if it is abstract. Returns 0, or a negative errno after setting `text` to "?".
 */
int http_bound_address(int fd, char text[HTTP_ADDRESS_SIZE]);

#endif
