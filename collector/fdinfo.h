/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Values of a descriptor in /proc/self/fdinfo (proc(5)). The command BPF_OBJ_GET_INFO_BY_FD of
 * bpf(2) is not used: the system call filter forbids it, because it also reveals kernel addresses.
 */
#ifndef REXMIT_FDINFO_H
#define REXMIT_FDINFO_H

#include <stdint.h>

/* Opens the fdinfo file of descriptor `fd`. Returns a descriptor or a negative errno. */
int fdinfo_open(int fd);

/*
 * Reads the number in the line "`name`:" of `file`, a result of fdinfo_open(). Returns 0, -ENODATA
 * if there is no such line, or -errno.
 */
int fdinfo_read(int file, const char *name, uint64_t *value);

#endif
