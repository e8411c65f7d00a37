/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "confine/system_calls_reload.h"

#include <fcntl.h>

const struct sandbox_rule system_calls_reload[SYSTEM_CALLS_RELOAD] = {
	/* To read files that have changed. Opening a file for writing is denied. */
	{SCMP_SYS(openat), {SANDBOX_LACKS(2, O_ACCMODE | O_CREAT | O_TRUNC)}},
	{.call = SCMP_SYS(newfstatat)},
	{.call = SCMP_SYS(fstat)},
	/* OpenSSL's random generator checks for a fork. */
	{.call = SCMP_SYS(getpid)},
	/* qsort(3) of glibc up to 2.36 reads the size of the host's memory. */
	{.call = SCMP_SYS(sysinfo)},
};
