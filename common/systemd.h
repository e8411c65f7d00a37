/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Two protocols of systemd: socket activation (sd_listen_fds(3)), and messages about readiness and
 * status (sd_notify(3)). libsystemd is not used, because its dependencies would run as root in the
 * collector.
 */
#ifndef REXMIT_SYSTEMD_H
#define REXMIT_SYSTEMD_H

#include <stdint.h>

#define SYSTEMD_LISTEN_FDS_START 3 /* SD_LISTEN_FDS_START */

/*
 * Returns how many sockets the service manager passed to this process, 1 to `limit`. Their
 * descriptors start at SYSTEMD_LISTEN_FDS_START. The caller owns the sockets, which become
 * close-on-exec and non-blocking. Each must listen, and have `family` (AF_UNSPEC: any) and `type`
 * (SOCK_SEQPACKET ...). The environment variables are removed. Returns -ENOENT if no socket was
 * passed, -EINVAL if a socket is of another kind or there are more than `limit`.
 */
int systemd_listen_fds(int family, int type, int limit);

/*
 * Returns the first file descriptor after the sockets that the service manager passed to this
 * process, or 3 if it passed none. Must be called before systemd_listen_fds().
 */
int systemd_listen_end(void);

/*
 * Connects to the service manager's socket, for systemd_notify(), and removes $NOTIFY_SOCKET. Must
 * be called before the system call filter is installed. Without the variable, systemd_notify() does
 * nothing. Returns 0, or a negative errno if the socket cannot be used.
 */
int systemd_notify_open(void);

/* Returns the descriptor of the service manager's socket, or -1. */
int systemd_notify_fd(void);

/* Sends `state`, such as "READY=1\nSTATUS=...". Never blocks. Returns 0 or a negative errno. */
int systemd_notify(const char *state);

/*
 * Returns the interval for messages WATCHDOG=1: half of $WATCHDOG_USEC (sd_watchdog_enabled(3)).
 * Returns 0 if the variable is not set, or is for another process.
 */
uint64_t systemd_watchdog_interval_us(void);

#endif
