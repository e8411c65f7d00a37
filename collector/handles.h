/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * File descriptors of the kernel objects that counting needs. The collector makes the objects
 * (programs.h), or adopts them from a directory of bpffs (pins.h).
 */
#ifndef REXMIT_HANDLES_H
#define REXMIT_HANDLES_H

#include <stddef.h>

#include "common/cleanup.h"
#include "protocol/tracepoints.h"

enum handle {
	HANDLE_RING,
	HANDLE_COUNTERS,
	HANDLE_CGROUP_PATHS,
	HANDLE_PROCESSES,                              /* table of processes */
	HANDLE_SOCKETS,                                /* storage of the sockets */
	HANDLE_SWEEP,                                  /* link of the iterator over the storage */
	HANDLE_FILES,                                  /* link of the iterator over files */
	HANDLE_PROGRAM,                                /* by number in tracepoints.h */
	HANDLE_LINK = HANDLE_PROGRAM + WIRE_PROGRAMS,  /* by number in tracepoints.h */
	HANDLE_IDENTITY = HANDLE_LINK + WIRE_PROGRAMS, /* last, see pins.c */
	HANDLES,
};

struct handles {
	int fd[HANDLES]; /* -1: none */
};

static inline void handles_init(struct handles *handles)
{
	for (size_t i = 0; i < HANDLES; i++)
		handles->fd[i] = -1;
}

static inline void handles_close(struct handles *handles)
{
	for (size_t i = 0; i < HANDLES; i++)
		cleanup_close(&handles->fd[i]);
}

#endif
