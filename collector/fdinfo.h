/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Reads what the kernel shows about a descriptor in /proc/self/fdinfo (proc(5)). For a BPF program,
 * BPF_OBJ_GET_INFO_BY_FD of bpf(2) shows the same. But that call also reveals kernel addresses, so
 * a process that an attacker may control must not be allowed to make it.
 */
#ifndef REXMIT_FDINFO_H
#define REXMIT_FDINFO_H

#include <stdint.h>

/* Opens the file about descriptor `fd`. Returns its descriptor or a negative errno. */
int fdinfo_open(int fd);

/*
 * Reads the present number in the line "`name`:" of `file`, a result of fdinfo_open(). Returns 0,
 * -ENODATA if there is no such line, or -errno.
 */
int fdinfo_read(int file, const char *name, uint64_t *value);

#endif
