/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Who reports a segment: each is claimed once, by the difference of the socket's count and what was. */
#ifndef REXMIT_CLAIM_H
#define REXMIT_CLAIM_H

#include "report.bpf.h"
#include "socket.bpf.h"

/*
 * How much of the `total` that the kernel counted for the socket nobody has claimed yet, and claims it;
 * `before` was loaded before `total`. If the socket has been connected again since, which makes `total`
 * one of its past, the exchange fails: that is counted in the same word.
 */
static __always_inline u32 claim(struct seen *seen, union claims before, u32 base, u32 total)
{
	union claims after = before;

	if (total == base || (s32)(total - base) < 0)
		return 0;
	after.retrans = total;
	if (after.claimed == CLAIMED_NONE)
		after.claimed = CLAIMED_FIRST;
	/* The sweep runs without the socket's lock: whoever moves the word owns the difference. */
	if (__sync_val_compare_and_swap(&seen->claims.word, before.word, after.word) != before.word)
		return 0;
	return total - base;
}

/*
 * What is due for the socket, `own` segments of the event at hand among it. Where nothing was claimed yet,
 * the walk may have found the socket, which is older than the programs, while this event was under way:
 * what it took for counted already must leave these.
 */
static __always_inline u32 claim_due(struct tcp_sock *tp, struct seen *seen, u32 own)
{
	/* The sweep, or the walk, may change the word for another reason than a claim. */
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
 * Reports what is due for the socket: up to `own` segments for `cause`, an excess as unknown. But
 * all that is due for a socket in SYN_SENT are SYNs, and TCPSynRetrans has even those that failed.
 */
static __always_inline void report_due(struct tcp_sock *tp, struct seen *seen, u32 own, u8 cause)
{
	u32 due = claim_due(tp, seen, own);
	u32 named = due < own || cause == WIRE_CAUSE_SYN ? due : own;

	if (named)
		report(tp, seen, cause, named, true);
	if (due > named)
		report(tp, seen, WIRE_CAUSE_UNKNOWN, due - named, true);
}

#endif
