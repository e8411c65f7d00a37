/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * What the BPF programs count, one slot a CPU, in an array that the collector maps: reading it
 * takes no system call and no capability. Every field only grows, and wraps never in practice;
 * the sum over the slots is the value. A slot is written with atomic additions, because a softirq
 * may interrupt a program on the same CPU, and another task preempt it.
 */
#ifndef REXMIT_COUNTERS_H
#define REXMIT_COUNTERS_H

#include <stdint.h>

#include "protocol/wire.h"

#define COUNTERS_ERRNOS 134 /* EHWPOISON, the largest errno of Linux, is 133 */

struct counters {
	uint64_t segments[WIRE_SCOPES][WIRE_CAUSES];
	uint64_t unattributed[WIRE_CAUSES];
	uint64_t deferred;          /* segments put off because the ring was full ... */
	uint64_t caught_up;         /* ... and those of them that left the socket's storage since */
	uint64_t sent_unattributed; /* segments sent whose socket ended unreported */
	uint64_t resets[WIRE_RESETS][WIRE_SCOPES]; /* of connections, and without one */
	uint64_t resets_without_connection;        /* sent */
	uint64_t resets_unattributed[WIRE_RESETS]; /* of connections that ended unreported */
	uint64_t failures[COUNTERS_ERRNOS]; /* attempts that did not leave, by errno; 0: other */
};
_Static_assert(sizeof(struct counters) % 64 == 0, "a slot is whole cache lines");

#endif
