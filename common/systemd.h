/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The two protocols of systemd that a daemon needs, without libsystemd, whose dependencies are not
 * wanted in a root process: socket activation (sd_listen_fds(3)) and readiness (sd_notify(3)).
 */
#ifndef REXMIT_SYSTEMD_H
#define REXMIT_SYSTEMD_H

#include <stdint.h>

#define SYSTEMD_LISTEN_FDS_START 3 /* SD_LISTEN_FDS_START */

/*
 * How many sockets the service manager passed to this process, 1 to `limit`: file descriptors from
 * SYSTEMD_LISTEN_FDS_START on, made close-on-exec and non-blocking; the caller owns them. Checks
 * that each listens and is of `family` (AF_UNSPEC: any) and `type` (SOCK_SEQPACKET ...). The
 * environment variables are removed. Returns -ENOENT if none was passed, -EINVAL if one is another
 * kind of socket or there are more.
 */
int systemd_listen_fds(int family, int type, int limit);

/*
 * The number that follows those of the sockets that the service manager passed to this process; 3 if
 * there is none. To be called before systemd_listen_fds().
 */
int systemd_listen_end(void);

/*
 * Connects to the service manager's notification socket, once, while sockets may still be made;
 * $NOTIFY_SOCKET is removed. Without one every systemd_notify() is a no-op. Returns 0 or a negative
 * errno if it is set and unusable.
 */
int systemd_notify_open(void);

/* The descriptor of that socket, or -1. */
int systemd_notify_fd(void);

/* Sends `state`, such as "READY=1\nSTATUS=...". Never blocks. Returns 0 or a negative errno. */
int systemd_notify(const char *state);

/*
 * How often to send WATCHDOG=1: half of $WATCHDOG_USEC (sd_watchdog_enabled(3)) if that is meant
 * for this process, else 0.
 */
uint64_t systemd_watchdog_interval_us(void);

#endif
