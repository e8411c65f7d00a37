/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "confine/system_calls_reload.h"

#include <fcntl.h>

const struct sandbox_rule system_calls_reload[SYSTEM_CALLS_RELOAD] = {
	/* To read files that have changed. Opening a file for writing is denied. */
	{SCMP_SYS(openat), 1, {SANDBOX_LACKS(2, O_ACCMODE | O_CREAT | O_TRUNC)}},
	{SCMP_SYS(newfstatat), 0, {{0}}},
	{SCMP_SYS(fstat), 0, {{0}}},
	/* OpenSSL's random generator checks for a fork. */
	{SCMP_SYS(getpid), 0, {{0}}},
	/* qsort(3) of glibc up to 2.36 reads the size of the host's memory. */
	{SCMP_SYS(sysinfo), 0, {{0}}},
};
