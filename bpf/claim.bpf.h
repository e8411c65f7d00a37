/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * How programs claim segments. A segment is due if the kernel has counted it and no program has
 * claimed it. The program that claims a segment reports it.
 */
#ifndef REXMIT_CLAIM_H
#define REXMIT_CLAIM_H

#include "report.bpf.h"
#include "socket.bpf.h"

/*
 * Claims the segments between `base`, the claimed count, and `total`, the kernel's count. Returns
 * the number of segments. Returns 0 if another program has changed the word since the caller loaded
 * `before`.
 *
 * The caller must load `before` earlier than `total`. If the socket is connected again between the
 * two loads, the exchange fails, because the word also counts connects.
 */
static __always_inline u32 claim(struct seen *seen, union claims before, u32 base, u32 total)
{
	union claims after = before;

	if ((s32)(total - base) <= 0)
		return 0;
	after.retrans = total;
	if (after.claimed == CLAIMED_NONE)
		after.claimed = CLAIMED_FIRST;
	/* The sweep does not hold the socket lock, so two programs may try to claim the same
	 * segments. Only one of the two exchanges succeeds. */
	if (__sync_val_compare_and_swap(&seen->claims.word, before.word, after.word) != before.word)
		return 0;
	return total - base;
}

/*
 * Claims all segments of the socket that are due, including the `own` segments of the current
 * event.
 *
 * If the socket is older than the programs, the walk may have created the storage during the event
 * and marked all segments as claimed. The `own` segments are due nevertheless, if no program has
 * claimed a segment since.
 */
static __always_inline u32 claim_due(struct tcp_sock *tp, struct seen *seen, u32 own)
{
	/* A failed claim is repeated, because the sweep or the walk may have changed only other
	 * members of the word. */
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
 * Returns how many of the `due` segments have the cause of the current event: at most `own`. If the
 * cause is SYN, all due segments have this cause. A socket in SYN_SENT sends only SYNs, and
 * TCPSynRetrans also counts SYNs whose transmission failed.
 */
static __always_inline u32 due_with_cause(u32 due, u32 own, u8 cause)
{
	return due < own || cause == WIRE_CAUSE_SYN ? due : own;
}

/*
 * Reports the socket's segments that are due: at most `own` segments with `cause`, the rest with
 * the cause unknown.
 */
static __always_inline void report_due(struct tcp_sock *tp, struct seen *seen, u32 own, u8 cause)
{
	u32 due = claim_due(tp, seen, own), named = due_with_cause(due, own, cause);

	if (named)
		report(tp, seen, cause, named, REPORT_LOCKED | (own ? REPORT_SENDING : 0));
	if (due > named)
		report(tp, seen, WIRE_CAUSE_UNKNOWN, due - named, REPORT_LOCKED);
}

/* Like report_due(), for a socket that is not sending a segment now. */
static __always_inline void report_missed(struct tcp_sock *tp, struct seen *seen, u8 cause)
{
	u32 due = claim_due(tp, seen, 0);

	if (due)
		report(tp, seen, cause, due, REPORT_LOCKED);
}

/*
 * Reports the due segments of a socket whose storage could not be created. `bytes` is the payload
 * of the event. A newcomer's entry shows how many segments are due. Without an entry, only the
 * segments of the event are reported. Only rexmit_again (`again`) reports them, so that they are
 * reported once. Returns whether rexmit_again can skip the event.
 */
static __noinline bool report_due_unstored(
	struct tcp_sock *tp, u32 bytes, u32 own, u8 cause, bool again)
{
	u32 due = newcomer_claim(newcomer_address(tp), tp->total_retrans), first, named;

	if (due == NEWCOMER_NONE) {
		if (!again)
			return false;
		due = own;
	}
	first = tp->total_retrans == due ? REPORT_FIRST : 0;
	named = due_with_cause(due, own, cause);
	if (named)
		report_unstored(tp, cause, named, bytes, first | (own ? REPORT_SENDING : 0));
	if (due > named)
		report_unstored(tp, WIRE_CAUSE_UNKNOWN, due - named, 0, named ? 0 : first);
	return true;
}

#endif
