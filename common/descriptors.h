/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Corrections for file descriptors that the parent process left open or closed by mistake. */
#ifndef REXMIT_DESCRIPTORS_H
#define REXMIT_DESCRIPTORS_H

/*
 * Must be the first step of main(). Opens /dev/null for each of the descriptors 0 to 2 that is
 * closed. Closes all other descriptors, except the sockets that the service manager passed
 * (sd_listen_fds(3)). Returns 0 or a negative errno.
 */
int descriptors_init(void);

/* Replaces standard input with /dev/null. Returns 0 or -errno. */
int descriptors_drop_input(void);

#endif
