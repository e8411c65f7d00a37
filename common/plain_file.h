/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Opens files that another user may control, such as a certificate that an ACME client replaces. */
#ifndef REXMIT_PLAIN_FILE_H
#define REXMIT_PLAIN_FILE_H

#include <stddef.h>
#include <stdio.h>

/*
 * Reads a regular file of at most `max_bytes` into memory. `*file` is at its start, and is released
 * by fclose(3). Never blocks on a FIFO or a device. Follows links. Needs no system calls except
 * openat, fstat, read and close. Returns 0, or a negative errno: -EMEDIUMTYPE if it is no regular
 * file, -EFBIG if it is too large.
 */
int plain_file_open(FILE **file, const char *path, size_t max_bytes);

/* Explains an error of plain_file_open(). */
const char *plain_file_error(int r);

#endif
