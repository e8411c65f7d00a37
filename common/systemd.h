/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Two protocols of systemd: socket activation (sd_listen_fds(3)), and messages about readiness and
 * status (sd_notify(3)). libsystemd is not used, because the collector starts as root, and the
 * library's dependencies would run as root, too.
 */
#ifndef REXMIT_SYSTEMD_H
#define REXMIT_SYSTEMD_H

#include <stdint.h>

#define SYSTEMD_LISTEN_FDS_START 3 /* SD_LISTEN_FDS_START */

/*
 * Returns how many sockets the service manager passed to this process, 1 to `limit`. Their file
 * descriptors start at SYSTEMD_LISTEN_FDS_START. The function makes them close-on-exec and
 * non-blocking; the caller owns them. It checks that each socket listens, and has `family`
 * (AF_UNSPEC: any) and `type` (SOCK_SEQPACKET ...). It removes the environment variables. Returns
 * -ENOENT if no socket was passed, -EINVAL if a socket is of another kind or there are more than
 * `limit`.
 */
int systemd_listen_fds(int family, int type, int limit);

/*
 * Returns the first file descriptor after the sockets that the service manager passed to this
 * process, or 3 if it passed none. Must be called before systemd_listen_fds().
 */
int systemd_listen_end(void);

/*
 * Connects to the service manager's socket for systemd_notify(), before the system call filter
 * forbids new sockets, and removes $NOTIFY_SOCKET. If this variable is not set, systemd_notify()
 * does nothing. Returns 0, or a negative errno if the variable is set and unusable.
 */
int systemd_notify_open(void);

/* The descriptor of that socket, or -1. */
int systemd_notify_fd(void);

/* Sends `state`, such as "READY=1\nSTATUS=...". Never blocks. Returns 0 or a negative errno. */
int systemd_notify(const char *state);

/*
 * Returns the interval at which the program must send WATCHDOG=1: half of $WATCHDOG_USEC
 * (sd_watchdog_enabled(3)). Returns 0 if the variable is not set, or is for another process.
 */
uint64_t systemd_watchdog_interval_us(void);

#endif
