/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * What the kernel reports of an open object in /proc/self/fdinfo (proc(5)). For a BPF program,
 * BPF_OBJ_GET_INFO_BY_FD of bpf(2) reports the same. But it also reveals kernel addresses, so a
 * process that an intruder may control must not call it.
 */
#ifndef REXMIT_FDINFO_H
#define REXMIT_FDINFO_H

#include <stdint.h>

/* Opens the file about descriptor `fd`; the caller closes it. Returns it or a negative errno. */
int fdinfo_open(int fd);

/*
 * Reads the current number after "`name`:" in `file`. Returns 0, -ENODATA if there is none, or
 * -errno.
 */
int fdinfo_read(int file, const char *name, uint64_t *value);

#endif
