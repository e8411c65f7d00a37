/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Which program reports a segment: the difference between the socket's count and what was claimed
 * is claimed once.
 */
#ifndef REXMIT_CLAIM_H
#define REXMIT_CLAIM_H

#include "report.bpf.h"
#include "socket.bpf.h"

/*
 * Claims those segments of `total`, the kernel's count, that are not claimed yet, and returns their
 * number. `before` must be loaded before `total`. If the socket was connected again since, `total`
 * belongs to its past. The word also counts connects, so the exchange then fails.
 */
static __always_inline u32 claim(struct seen *seen, union claims before, u32 base, u32 total)
{
	union claims after = before;

	if (total == base || (s32)(total - base) < 0)
		return 0;
	after.retrans = total;
	if (after.claimed == CLAIMED_NONE)
		after.claimed = CLAIMED_FIRST;
	/* The sweep runs without the socket's lock: the program that changes the word owns the
	 * difference. */
	if (__sync_val_compare_and_swap(&seen->claims.word, before.word, after.word) != before.word)
		return 0;
	return total - base;
}

/*
 * Claims what is due for the socket, including the `own` segments of the current event. If nothing
 * was claimed before, the walk may have found this socket, which is older than the programs, during
 * the event. The walk then took these segments as already counted; they are due anyway.
 */
static __always_inline u32 claim_due(struct tcp_sock *tp, struct seen *seen, u32 own)
{
	/* The sweep or the walk may change the word without claiming anything. */
	for (int i = 0; i < 3; i++) {
		union claims before = {.word = *(volatile u64 *)&seen->claims.word};
		u32 total = tp->total_retrans, base = before.retrans, due;

		if (before.claimed == CLAIMED_NONE && (s32)(total - own - base) < 0)
			base = total - own;
		due = claim(seen, before, base, total);
		if (due || total == base)
			return due;
	}
	return 0;
}

/*
 * Reports what is due for the socket: up to `own` segments for `cause`, the rest as unknown. For a
 * socket in SYN_SENT, however, everything due is a SYN, and TCPSynRetrans counts even failed ones.
 */
static __always_inline void report_due(struct tcp_sock *tp, struct seen *seen, u32 own, u8 cause)
{
	u32 due = claim_due(tp, seen, own);
	u32 named = due < own || cause == WIRE_CAUSE_SYN ? due : own;

	if (named)
		report(tp, seen, cause, named, REPORT_LOCKED | (own ? REPORT_SENDING : 0));
	if (due > named)
		report(tp, seen, WIRE_CAUSE_UNKNOWN, due - named, REPORT_LOCKED);
}

#endif
