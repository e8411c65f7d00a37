/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Counts retransmitted TCP segments, with their cause, at the point where the kernel counts them.
 *
 * The programs are level-triggered: they report the difference between the socket's total_retrans
 * and the count that was last reported. The kernel skips a program that is already active on the
 * CPU (include/trace/bpf_probe.h). The segments of a skipped event are reported at the socket's
 * next event or its end.
 */
#include "kernel.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/*
 * Programs are loaded in the order of their sections. The sweep is the first, because the kernel
 * may refuse it. If the kernel refuses it, the collector loads the other programs again.
 */
#include "walk.bpf.h"

#include "claim.bpf.h"
#include "quirks.bpf.h"
#include "report.bpf.h"
#include "reset.bpf.h"
#include "socket.bpf.h"

/*
 * Returns the cause of a retransmission. The socket still has the state in which tcp_output.c
 * decided to retransmit. A retransmission timer that expires clears icsk_pending. Segments that
 * tcp_xmit_retransmit_queue() counts in TCPFastRetrans are marked lost. TCP_CA_Recovery does not
 * prove WIRE_CAUSE_FAST, because a loss probe may expire in that state.
 */
static __always_inline u8 cause_of(struct tcp_sock *tp, struct sk_buff *skb)
{
	u8 ca_state = BPF_CORE_READ_BITFIELD(tp, inet_conn.icsk_ca_state);
	u8 pending = tp->inet_conn.icsk_pending;

	if (state_of(tp) == TCP_SYN_SENT)
		return WIRE_CAUSE_SYN;
	if (skb_has_syn(skb)) /* a simultaneous open */
		return WIRE_CAUSE_SYNACK;
	if (ca_state == TCP_CA_Loss)
		return pending ? WIRE_CAUSE_SLOW_START : WIRE_CAUSE_TIMEOUT;
	if (skb_is_lost(skb))
		return WIRE_CAUSE_FAST;
	if (pending == ICSK_TIME_LOSS_PROBE)
		return WIRE_CAUSE_PROBE;
	return WIRE_CAUSE_UNKNOWN;
}

/* Whether no segment is due: the attempt failed, or rexmit_skb has already handled this event. */
static __always_inline bool is_all_claimed(struct tcp_sock *tp, struct seen *seen)
{
	return seen->claims.role && tp->total_retrans == seen->claims.retrans &&
	       seen->claims.claimed;
}

/* The socket whose event rexmit_skb has just handled on this CPU. rexmit_again skips this event. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} rexmit_handled SEC(".maps");

static __always_inline u64 *handled_socket(void)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&rexmit_handled, &key);
}

/* Handles an event for rexmit_skb or rexmit_again. Returns whether rexmit_again can skip it. */
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
	if (seen && is_all_claimed(tp, seen))
		return true;
	/* A failed attempt is not a retransmission. tcp_output.c counts the attempt in RetransSegs,
	 * but not in TCPFastRetrans and similar counters. */
	own = err ? 0 : skb_segments(skb);
	seen = seen_ensure(seen, sk, tp, own);
	if (!seen)
		return report_due_unstored(tp, skb->len, own, cause_of(tp, skb), again);
	report_due(tp, seen, own, cause_of(tp, skb));
	return true;
}

SEC("tp_btf/tcp_retransmit_skb")
int rexmit_skb(u64 *ctx)
{
	u64 *socket = handled_socket();
	bool done;

	if (socket)
		*socket = 0; /* is not 0 if the kernel has skipped rexmit_again */
	done = retransmitted(ctx, false);
	if (socket && done)
		*socket = ctx[0];
	return 0;
}

/*
 * This program runs after rexmit_skb, on the same tracepoint. It handles events for which the
 * kernel skipped rexmit_skb, because that program was active for another socket.
 *
 * rexmit_handled saves time. It may be wrong in two ways:
 *
 * - It does not have the socket, although rexmit_skb has handled the event. Another event came
 *   between the two programs, or they ran on two CPUs (from 7.0 on, a task may be preempted between
 *   them). rexmit_again finds that no segment is due.
 * - It has the socket of an earlier event, for which the kernel skipped rexmit_again. If the kernel
 *   skips rexmit_skb for the next event of this socket, rexmit_again skips that event, too.
 */
SEC("tp_btf/tcp_retransmit_skb")
int rexmit_again(u64 *ctx)
{
	u64 *socket = handled_socket();

	if (socket && *socket == ctx[0])
		*socket = 0;
	else
		retransmitted(ctx, true);
	return 0;
}

/*
 * Returns the storage, or NULL, of a server's socket whose SYN-ACK is repeated after a fast open. A
 * socket without storage is new: no program has seen its start. The kernel counts every SYN-ACK in
 * OutSegs and none in segs_out, and it counts the repeated ones in total_retrans, which
 * segments_sent() subtracts. So each repeated SYN-ACK is 2 segments more than segments_sent() shows.
 */
static __always_inline struct seen *fast_open_ensure(struct sock *sk, struct tcp_sock *tp)
{
	struct seen *found = seen_find(sk, tp), *seen = seen_ensure(found, sk, tp, 1);

	if (seen && !found) {
		seen->sent = 0 - sent_by_request(WIRE_ROLE_SERVER);
		seen->received = 0;
	}
	if (seen)
		__sync_fetch_and_add(&seen->sent, -2);
	return seen;
}

SEC("tp_btf/tcp_retransmit_synack")
int rexmit_synack(u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct seen *seen;

	if (!tp)
		return 0;
	/* After a passive fast open the connection has a socket. tcp_rtx_synack() counts in this
	 * socket until the server closes it. Otherwise `tp` is the listener. */
	if (state_of(tp) != TCP_SYN_RECV) {
		report_synack(tp, (void *)ctx[1]);
		return 0;
	}
	seen = fast_open_ensure(sk, tp);
	if (seen)
		report_due(tp, seen, 1, WIRE_CAUSE_SYNACK);
	else
		report_due_unstored(tp, 0, 1, WIRE_CAUSE_SYNACK, true);
	return 0;
}

#include "lifetime.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";
