/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Listening TCP sockets by numeric address. */
#ifndef REXMIT_HTTP_LISTEN_H
#define REXMIT_HTTP_LISTEN_H

/*
 * A listening TCP socket for "ADDRESS:PORT", "[v6]:PORT" or ":PORT" (all addresses, both
 * families). Numeric only: no name is looked up. Returns the fd, -EINVAL if `text` is no such
 * address, or a negative errno of bind(2), listen(2).
 */
int http_listen(const char *text);
/* Returns 0 or -EINVAL, and opens nothing. */
int http_listen_check(const char *text);

#define HTTP_ADDRESS_SIZE 56 /* "[", INET6_ADDRSTRLEN, "]:65535" */

/*
 * The address a socket is bound to, in the notation of http_listen(): for the log, and for whoever
 * asked for port 0. Returns 0 or a negative errno; `text` is then "?".
 */
int http_bound_address(int fd, char text[HTTP_ADDRESS_SIZE]);

#endif
