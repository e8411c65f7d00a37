/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Counts retransmitted TCP segments where the kernel counts them, with their cause.
 *
 * Level-triggered: a program reports the difference between the socket's own total_retrans and what
 * was last reported for it. If a firing ran no program (it was active on this CPU already,
 * include/trace/bpf_probe.h), the socket's next firing or its end reports the difference.
 */
#include "kernel.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "claim.bpf.h"
#include "quirks.bpf.h"
#include "report.bpf.h"
#include "reset.bpf.h"
#include "socket.bpf.h"

/*
 * The cause of a retransmission, exactly one, from the state in which tcp_output.c made it.
 * Recovery is not enough for `fast`, because a loss probe armed before may still fire in it. What
 * tcp_xmit_retransmit_queue() sends, and counts in TCPFastRetrans, is marked lost.
 */
static __always_inline u8 cause_of(struct tcp_sock *tp, struct sk_buff *skb)
{
	u8 ca_state = BPF_CORE_READ_BITFIELD(tp, inet_conn.icsk_ca_state);
	u8 pending = tp->inet_conn.icsk_pending;

	if (state_of(tp) == TCP_SYN_SENT)
		return WIRE_CAUSE_SYN;
	if (skb_has_syn(skb)) /* of a simultaneous open */
		return WIRE_CAUSE_SYNACK;
	if (ca_state == TCP_CA_Loss)
		return pending ? WIRE_CAUSE_SLOW_START : WIRE_CAUSE_TIMEOUT;
	if (skb_is_lost(skb))
		return WIRE_CAUSE_FAST;
	if (pending == ICSK_TIME_LOSS_PROBE)
		return WIRE_CAUSE_PROBE;
	return WIRE_CAUSE_UNKNOWN;
}

/* Whether nothing is due: the attempt failed, or the first handler ran before the second. */
static __always_inline bool is_settled(struct tcp_sock *tp, struct seen *seen)
{
	return seen->claims.role && tp->total_retrans == seen->claims.retrans &&
	       seen->claims.claimed;
}

/* The socket that the first handler has just accounted for on this CPU; the second can skip it. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} rexmit_settled SEC(".maps");

static __always_inline u64 *settled_socket(void)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&rexmit_settled, &key);
}

/* Reports an event of a socket that can have no storage. No other event could recover it. */
static __always_inline void report_event_bare(
	struct sock *sk, struct tcp_sock *tp, struct sk_buff *skb, u8 cause, u32 own)
{
	newcomer_mark(newcomer_address(sk), NEWCOMER_LOST);
	report_bare(tp, cause, own, skb ? skb->len : 0,
		REPORT_SENDING | (tp->total_retrans == own ? REPORT_FIRST : 0));
}

/* Returns whether the socket is accounted for. */
static __always_inline bool retransmitted(u64 *ctx, bool again)
{
	struct sock *sk = (void *)ctx[0];
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct sk_buff *skb = (void *)ctx[1];
	int err = retransmit_error(ctx);
	struct seen *seen;
	u32 own;

	if (!tp)
		return true;
	if (err && !again)
		count_failure(err);
	seen = seen_find(sk, tp);
	if (seen && is_settled(tp, seen))
		return true;
	/* A failed attempt is not a retransmission, even if RetransSegs counted it: tcp_output.c
	 * counts it before it transmits, and TCPFastRetrans and similar counters after. */
	own = err ? 0 : skb_segments(skb);
	seen = seen_made(seen, sk, tp, own);
	if (seen)
		report_due(tp, seen, own, cause_of(tp, skb));
	else if (again && own) /* once: nothing shows that the first handler reported it */
		report_event_bare(sk, tp, skb, cause_of(tp, skb), own);
	return seen;
}

SEC("tp_btf/tcp_retransmit_skb")
int rexmit_skb(u64 *ctx)
{
	u64 *socket = settled_socket();
	bool done;

	if (socket)
		*socket = 0; /* left over: no second handler took it */
	done = retransmitted(ctx, false);
	if (socket && done)
		*socket = ctx[0];
	return 0;
}

/*
 * Attached after the first handler, for firings that the first one missed because it was active for
 * another socket.
 *
 * The note is not found if a firing comes between the two handlers, or if they run on two CPUs
 * (from 7.0 on a task may be preempted there). The second handler then checks the socket without
 * need. A note may stay, because its second handler was skipped or ran elsewhere. It hides a later
 * firing of that socket only if the first handler is skipped for that firing before it has removed
 * the note.
 */
SEC("tp_btf/tcp_retransmit_skb")
int rexmit_again(u64 *ctx)
{
	u64 *socket = settled_socket();

	if (socket && *socket == ctx[0])
		*socket = 0;
	else
		retransmitted(ctx, true);
	return 0;
}

SEC("tp_btf/tcp_retransmit_synack")
int rexmit_synack(u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct seen *seen;

	if (!tp)
		return 0;
	if (state_of(tp) == TCP_LISTEN) {
		report_synack(tp, (void *)ctx[1]);
		return 0;
	}
	/* A passive fast open already has its socket, which counts (tcp_rtx_synack()). */
	seen = seen_find(sk, tp);
	seen = seen_made(seen, sk, tp, 1);
	if (seen)
		report_due(tp, seen, 1, WIRE_CAUSE_SYNACK);
	else
		report_event_bare(sk, tp, NULL, WIRE_CAUSE_SYNACK, 1);
	return 0;
}

#include "lifetime.bpf.h"
#include "walk.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";
