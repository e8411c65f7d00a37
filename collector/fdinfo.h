/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * What the kernel says of an object that is open, in /proc/self/fdinfo (proc(5)). Of a BPF program
 * bpf(2) says the same, but its command, BPF_OBJ_GET_INFO_BY_FD, also tells addresses in the kernel,
 * so that it is not for a process that an intruder may have taken over.
 */
#ifndef REXMIT_FDINFO_H
#define REXMIT_FDINFO_H

#include <stdint.h>

/* The file about descriptor `fd`, which is the caller's to close, or a negative errno. */
int fdinfo_open(int fd);

/* The number that follows "`name`:" in `file` now. Returns 0, -ENODATA without one, or -errno. */
int fdinfo_read(int file, const char *name, uint64_t *value);

#endif
