/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Which file descriptors a program starts with, whatever its parent left open or closed. */
#ifndef REXMIT_DESCRIPTORS_H
#define REXMIT_DESCRIPTORS_H

/*
 * The first step of main(). Opens /dev/null for each closed descriptor of 0 to 2. Closes all others
 * except the sockets that the service manager passed (sd_listen_fds(3)). Returns 0 or a negative
 * errno.
 */
int descriptors_init(void);

/* Replaces standard input with /dev/null, after its last use. Returns 0 or -errno. */
int descriptors_drop_input(void);

#endif
