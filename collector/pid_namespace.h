/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Whether the process is in the host's PID namespace, where a walk over files visits all processes.
 */
#ifndef REXMIT_PID_NAMESPACE_H
#define REXMIT_PID_NAMESPACE_H

#include <stdbool.h>
#include <sys/stat.h>

/* The inode number of the host's PID namespace is PID_NS_INIT_INO (include/uapi/linux/nsfs.h). */
static inline bool pid_namespace_is_first(void)
{
	struct stat st;

	return !stat("/proc/self/ns/pid", &st) && st.st_ino == 0xEFFFFFFC;
}

#endif
