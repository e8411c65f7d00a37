/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The counters of the BPF programs. The collector maps the array into its memory, so reading needs
 * no system call and no capability. The array has a slot for each CPU. A counter's value is the sum
 * over all slots. Counters only increase, and in practice they do not wrap. Additions are atomic,
 * because a softirq or another task may interrupt a program on the same CPU.
 */
#ifndef REXMIT_COUNTERS_H
#define REXMIT_COUNTERS_H

#include <stdint.h>

#include "protocol/wire.h"

#define COUNTERS_ERRNOS 134 /* EHWPOISON, the largest errno of Linux, is 133 */

struct counters {
	_Alignas(64) uint64_t segments[WIRE_SCOPES][WIRE_CAUSES];
	uint64_t unattributed[WIRE_CAUSES];
	uint64_t deferred;          /* segments deferred because the ring was full */
	uint64_t caught_up;         /* deferred segments that are no longer in a socket's storage */
	uint64_t sent_unattributed; /* segments sent that no record reported */
	uint64_t resets[WIRE_RESETS][WIRE_SCOPES]; /* with and without a connection */
	uint64_t resets_without_connection;
	uint64_t resets_unattributed[WIRE_RESETS]; /* resets that no record reported */
	uint64_t connections_unattributed;         /* ends of connections that no record reported */
	uint64_t failures[COUNTERS_ERRNOS]; /* failed attempts to retransmit, by errno; 0: other */
};
_Static_assert(sizeof(struct counters) % 64 == 0, "a slot is whole cache lines");

#endif
