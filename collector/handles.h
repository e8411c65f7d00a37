/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The kernel objects that counting consists of, as file descriptors: made by loading (programs.h)
 * or taken over from a directory of bpffs (pins.h).
 */
#ifndef REXMIT_HANDLES_H
#define REXMIT_HANDLES_H

/* The order of the label of WIRE_COUNTER_MISSED; see exporter/page.c. */
enum probe_program {
	PROBE_RETRANSMIT_SKB,
	PROBE_RETRANSMIT_SKB_AGAIN,
	PROBE_RETRANSMIT_SYNACK,
	PROBE_DESTROY_SOCK,
	PROBE_SET_STATE,
	PROBE_PROGRAMS,
};

enum handle {
	HANDLE_RING,
	HANDLE_COUNTERS,
	HANDLE_CGROUP_PATHS,
	HANDLE_SWEEP,                                  /* link of the iterator over the sockets */
	HANDLE_PROGRAM,                                /* one for each probe_program */
	HANDLE_LINK = HANDLE_PROGRAM + PROBE_PROGRAMS, /* likewise */
	HANDLE_IDENTITY = HANDLE_LINK + PROBE_PROGRAMS,
	HANDLES,
};

/* Descriptors, -1 where there is none. */
struct handles {
	int fd[HANDLES];
};

#endif
