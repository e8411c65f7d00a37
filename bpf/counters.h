/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * What the BPF programs count, one slot for each CPU, in an array that the collector maps. Reading
 * it takes no system call and no capability. Every field only grows and does not wrap in practice;
 * the value is the sum over all slots. Additions are atomic, because a softirq may interrupt a
 * program on the same CPU, and another task may preempt it.
 */
#ifndef REXMIT_COUNTERS_H
#define REXMIT_COUNTERS_H

#include <stdint.h>

#include "protocol/wire.h"

#define COUNTERS_ERRNOS 134 /* EHWPOISON, the largest errno of Linux, is 133 */

struct counters {
	_Alignas(64) uint64_t segments[WIRE_SCOPES][WIRE_CAUSES];
	uint64_t unattributed[WIRE_CAUSES];
	uint64_t deferred;          /* segments deferred because the ring was full ... */
	uint64_t caught_up;         /* ... and those of them that left the socket's storage since */
	uint64_t sent_unattributed; /* segments sent whose socket ended before they were reported */
	uint64_t resets[WIRE_RESETS][WIRE_SCOPES]; /* with and without a connection */
	uint64_t resets_without_connection;        /* sent */
	uint64_t resets_unattributed[WIRE_RESETS]; /* of connections that ended unreported */
	uint64_t connections_unattributed;         /* that ended, and whose end was not reported */
	uint64_t failures[COUNTERS_ERRNOS]; /* of attempts to retransmit, by errno; 0: other */
};
_Static_assert(sizeof(struct counters) % 64 == 0, "a slot is whole cache lines");

#endif
