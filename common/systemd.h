/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The two protocols of systemd that a daemon needs: socket activation (sd_listen_fds(3)) and
 * readiness (sd_notify(3)). libsystemd is not used, to keep its dependencies out of a root process.
 */
#ifndef REXMIT_SYSTEMD_H
#define REXMIT_SYSTEMD_H

#include <stdint.h>

#define SYSTEMD_LISTEN_FDS_START 3 /* SD_LISTEN_FDS_START */

/*
 * Returns how many sockets the service manager passed to this process, 1 to `limit`. Their file
 * descriptors start at SYSTEMD_LISTEN_FDS_START; they become close-on-exec and non-blocking, and
 * the caller owns them. Checks that each listens and is of `family` (AF_UNSPEC: any) and `type`
 * (SOCK_SEQPACKET ...). Removes the environment variables. Returns -ENOENT if no socket was passed,
 * -EINVAL if one is of another kind or there are more than `limit`.
 */
int systemd_listen_fds(int family, int type, int limit);

/*
 * Returns the first file descriptor after the sockets that the service manager passed to this
 * process; 3 if it passed none. To be called before systemd_listen_fds().
 */
int systemd_listen_end(void);

/*
 * Connects once to the service manager's notification socket, while sockets can still be made, and
 * removes $NOTIFY_SOCKET. If it is not set, systemd_notify() does nothing. Returns 0, or a negative
 * errno if it is set and unusable.
 */
int systemd_notify_open(void);

/* The descriptor of that socket, or -1. */
int systemd_notify_fd(void);

/* Sends `state`, such as "READY=1\nSTATUS=...". Never blocks. Returns 0 or a negative errno. */
int systemd_notify(const char *state);

/*
 * Returns how often to send WATCHDOG=1: half of $WATCHDOG_USEC (sd_watchdog_enabled(3)) if that is
 * meant for this process, else 0.
 */
uint64_t systemd_watchdog_interval_us(void);

#endif
