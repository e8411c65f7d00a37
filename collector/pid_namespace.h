/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Whether we are in the host's PID namespace: there /proc/1 is the host's, and walks meet all processes. */
#ifndef REXMIT_PID_NAMESPACE_H
#define REXMIT_PID_NAMESPACE_H

#include <stdbool.h>
#include <sys/stat.h>

/* The number of the first one never changes (PID_NS_INIT_INO, include/uapi/linux/nsfs.h). */
static inline bool pid_namespace_is_first(void)
{
	struct stat st;

	return !stat("/proc/self/ns/pid", &st) && st.st_ino == 0xEFFFFFFC;
}

#endif
