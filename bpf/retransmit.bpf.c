/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Counts retransmitted TCP segments where the kernel counts them, and says why.
 *
 * Level-triggered: what is reported is the difference between the socket's own total_retrans and
 * what was last reported for it. A firing that ran no program (it was active on this CPU already,
 * include/trace/bpf_probe.h) is made up for by the socket's next one, or by its end.
 */
#include "kernel.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "quirks.bpf.h"
#include "report.bpf.h"
#include "reset.bpf.h"
#include "socket.bpf.h"

/*
 * How much of the `total` that the kernel counted for the socket nobody has claimed yet. `before` is
 * what was claimed until then, and was loaded first: if the socket has been connected again since, which
 * makes `total` one of its past, the exchange fails (seen_init()), unless nothing had been claimed at all.
 */
static __always_inline u32 claim(struct seen *seen, u32 before, u32 total)
{
	if (total == before || (s32)(total - before) < 0)
		return 0;
	/* The sweep runs without the socket's lock: whoever moves `retrans` owns the difference. */
	if (__sync_val_compare_and_swap(&seen->retrans, before, total) != before)
		return 0;
	return total - before;
}

/*
 * The exclusive cause of a retransmission, from the state in which tcp_output.c made it. Recovery is
 * not enough for `fast`: a loss probe that was armed before may still fire in it. What
 * tcp_xmit_retransmit_queue() sends, and counts in TCPFastRetrans, is marked lost.
 */
static __always_inline u8 cause_of(struct tcp_sock *tp, struct sk_buff *skb)
{
	u8 ca_state = BPF_CORE_READ_BITFIELD(tp, inet_conn.icsk_ca_state);
	u8 pending = tp->inet_conn.icsk_pending;

	if (state_of(tp) == TCP_SYN_SENT)
		return WIRE_CAUSE_SYN;
	if (ca_state == TCP_CA_Loss)
		return pending ? WIRE_CAUSE_SLOW_START : WIRE_CAUSE_TIMEOUT;
	if (skb_is_lost(skb))
		return WIRE_CAUSE_FAST;
	if (pending == ICSK_TIME_LOSS_PROBE)
		return WIRE_CAUSE_PROBE;
	return WIRE_CAUSE_UNKNOWN;
}

/*
 * Reports what is due for the socket: up to `own` segments for `cause`, an excess as unknown. But
 * all that is due for a socket in SYN_SENT are SYNs, and TCPSynRetrans has even those that failed.
 */
static __always_inline void report_due(struct tcp_sock *tp, struct seen *seen, u32 own, u8 cause)
{
	u32 due = claim(seen, seen->retrans, tp->total_retrans);
	u32 named = due < own || cause == WIRE_CAUSE_SYN ? due : own;

	if (named)
		report(tp, seen, cause, named);
	if (due > named)
		report(tp, seen, WIRE_CAUSE_UNKNOWN, due - named);
}

/* Nothing is due: the attempt failed, or the first handler was here before the second. */
static __always_inline bool is_settled(struct tcp_sock *tp, struct seen *seen)
{
	return tp->total_retrans == seen->retrans;
}

/* The socket that the first handler has just settled on this CPU: the second need not look at it. */
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

/* Returns whether the socket is settled. */
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
	seen = bpf_sk_storage_get(&rexmit_sockets, sk, 0, 0);
	if (seen && is_settled(tp, seen))
		return true;
	/* A failed attempt is not a retransmission, even if RetransSegs counted it: tcp_output.c
	 * counts before it transmits, and its TCPFastRetrans and siblings after. */
	own = err ? 0 : skb_segments(skb);
	if (!seen)
		seen = seen_new(sk, tp, own);
	if (seen)
		report_due(tp, seen, own, cause_of(tp, skb));
	else if (again && own)
		count_unattributed(netns_of(tp), cause_of(tp, skb), own);
	return seen;
}

SEC("tp_btf/tcp_retransmit_skb")
int rexmit_skb(u64 *ctx)
{
	u64 *socket = settled_socket();
	bool done;

	if (socket)
		*socket = 0; /* one that no second handler has taken */
	done = retransmitted(ctx, false);
	if (socket && done)
		*socket = ctx[0];
	return 0;
}

/*
 * Attached behind the first, for a firing for which that one was skipped: of another socket, which
 * came while it was active. If a firing comes in between the two, or they run on two CPUs (from 7.0 on
 * a task may be preempted there), the note is not found, and the second looks at the socket for
 * nothing. One that stays behind, because its second was skipped or ran elsewhere, hides a later firing
 * of that socket only if the first is skipped for it before it has taken the note away.
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
	/* A passive fast open has its socket already, which counts (tcp_rtx_synack()). */
	seen = bpf_sk_storage_get(&rexmit_sockets, sk, 0, 0);
	if (!seen)
		seen = seen_new(sk, tp, 1);
	if (seen)
		report_due(tp, seen, 1, WIRE_CAUSE_SYNACK);
	else
		count_unattributed(netns_of(tp), WIRE_CAUSE_SYNACK, 1);
	return 0;
}

/* A socket may be connected again after a disconnect (tcp_disconnect() zeroes its counts). */
static __always_inline void begin(struct sock *sk, struct tcp_sock *tp, struct seen *seen, u8 role)
{
	if (seen) {
		give_up_deferred(seen);
		give_up_resets(seen);
	} else {
		seen = bpf_sk_storage_get(&rexmit_sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	}
	/* A server's request has sent the first SYN-ACK. */
	if (seen)
		seen_init(seen, tp, role, 0, role == WIRE_ROLE_SERVER);
}

/*
 * Whether a time-wait socket takes the place of an orphan, and will acknowledge the FIN that is still to
 * come (tcp_time_wait()): tcp_fin() would have set SOCK_DONE, and tcp_reset() an error.
 */
static __always_inline bool becomes_time_wait(const struct sock *sk, int from)
{
	unsigned long flags = sk->__sk_common.skc_flags & (1UL << SOCK_DEAD | 1UL << SOCK_DONE);

	return from == TCP_FIN_WAIT2 && flags == 1UL << SOCK_DEAD && !sk->sk_err;
}

static __always_inline void end(struct tcp_sock *tp, struct seen *seen, int from)
{
	if (becomes_time_wait(&tp->inet_conn.icsk_inet.sk, from))
		__sync_fetch_and_add(&seen->sent, -1);
	report_due(tp, seen, 0, WIRE_CAUSE_UNKNOWN);
	report_deferred(tp, seen);
	report_sent(tp, seen);
}

/*
 * A connection begins, or ends: its baseline is known, its addresses still are. And when SYN_SENT
 * ends, what is due is SYNs yet.
 */
SEC("tp_btf/inet_sock_set_state")
int rexmit_state(u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	int from = (int)ctx[1], to = (int)ctx[2];
	struct tcp_sock *tp;
	struct seen *seen;

	if (to != TCP_SYN_SENT && to != TCP_CLOSE && from != TCP_SYN_SENT &&
		!(from == TCP_SYN_RECV && to == TCP_ESTABLISHED))
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return 0;
	seen = bpf_sk_storage_get(&rexmit_sockets, sk, 0, 0);
	if (from == TCP_SYN_SENT && seen)
		report_due(tp, seen, 0, WIRE_CAUSE_SYN);
	if (to == TCP_CLOSE) {
		if (seen)
			end(tp, seen, from);
	} else if (to == TCP_SYN_SENT) {
		begin(sk, tp, seen, WIRE_ROLE_CLIENT);
	} else if (from == TCP_SYN_RECV && !seen) {
		/* An open that crossed another, or a fast one, has begun already. */
		begin(sk, tp, seen, WIRE_ROLE_SERVER);
	}
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int rexmit_destroy(u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct seen *seen;

	if (!tp)
		return 0;
	seen = bpf_sk_storage_get(&rexmit_sockets, sk, 0, 0);
	if (!seen)
		return 0;
	report_due(tp, seen, 0, WIRE_CAUSE_UNKNOWN);
	report_deferred(tp, seen);
	report_sent(tp, seen);
	give_up_deferred(seen); /* whatever `deferred` says: the sweep may be at work on it */
	give_up_sent(tp, seen);
	return 0;
}

/*
 * One socket of the sweep: reports what is deferred, what was sent, and what a skipped firing left
 * on a socket that has been quiet since the last sweep. A socket that is not quiet reports for
 * itself, with the cause.
 */
static __always_inline int sweep_socket(struct sock *sk)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct seen *seen;
	u32 before, total, due = 0;

	if (!tp)
		return 0;
	seen = bpf_sk_storage_get(&rexmit_sockets, tp, 0, 0);
	if (!seen || !seen->role)
		return 0;
	before = load_first(&seen->retrans);
	total = tp->total_retrans;
	/* Not what was counted since: its event may be under way, with the cause. Nor at the end, where
	 * nobody would come for what finds the ring full. */
	if (total == seen->swept && state_of(tp) != TCP_CLOSE)
		due = claim(seen, before, total);
	if (due)
		report(tp, seen, state_of(tp) == TCP_SYN_SENT ? WIRE_CAUSE_SYN : WIRE_CAUSE_UNKNOWN,
			due);
	report_deferred(tp, seen);
	report_sent(tp, seen);
	seen->swept = total;
	return 0;
}

/* Visits the sockets that have storage, in every namespace. */
SEC("iter/bpf_sk_storage_map")
int rexmit_sweep(u64 *ctx)
{
	struct sock *sk = (void *)ctx[2]; /* struct bpf_iter__bpf_sk_storage_map */

	if (sk)
		return sweep_socket(sk);
	measure_sleep(); /* the last call of a sweep */
	return 0;
}

/*
 * Instead of rexmit_sweep(), where the kernel refuses that: visits the sockets that processes hold, in
 * every network namespace. It does not meet orphans, which report at their end, nor the sockets of
 * the kernel. A socket that several processes hold is visited once for each.
 */
SEC("iter/task_file")
int rexmit_files(u64 *ctx)
{
	struct file *file = (void *)ctx[3]; /* struct bpf_iter__task_file */
	struct socket *socket;
	struct sock *sk;

	if (!file) { /* the last call of a sweep */
		measure_sleep();
		return 0;
	}
	socket = bpf_sock_from_file(file);
	sk = socket ? socket->sk : NULL;
	return sk ? sweep_socket(sk) : 0;
}

#define ANCESTORS_MAX 128

/*
 * Run once before attaching. The host's PID 1 is an ancestor of every process, whatever PID namespace
 * that is in: the first task here is PID 1 of ours, which may not be the host's. A parent is a thread.
 */
SEC("iter/task")
int rexmit_netns(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[1]; /* struct bpf_iter__task */

	if (!task || host_netns)
		return 0;
	for (int i = 0; i < ANCESTORS_MAX && task->tgid > 1; i++)
		task = task->real_parent;
	if (task->tgid == 1)
		host_netns = BPF_CORE_READ(task, group_leader, nsproxy, net_ns, ns.inum);
	measure_sleep();
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
