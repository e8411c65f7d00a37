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
	seen = bpf_sk_storage_get(&rexmit_sockets, sk, 0, 0);
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
	seen = bpf_sk_storage_get(&rexmit_sockets, sk, 0, 0);
	seen = seen_made(seen, sk, tp, 1);
	if (seen)
		report_due(tp, seen, 1, WIRE_CAUSE_SYNACK);
	else
		report_event_bare(sk, tp, NULL, WIRE_CAUSE_SYNACK, 1);
	return 0;
}

/*
 * A socket with storage is connected again, after a disconnect zeroed its counts
 * (tcp_disconnect()). The sweep skips it while its role is 0.
 */
static __always_inline void begin_again(struct tcp_sock *tp, struct seen *seen)
{
	union claims claims = {
		.retrans = tp->total_retrans,
		.role = WIRE_ROLE_CLIENT,
		.begun = seen->claims.begun + 1,
	};

	give_up_deferred(seen);
	give_up_resets(seen);
	give_up_ended(seen);
	__sync_lock_test_and_set(&seen->claims.word, 0);
	seen->swept = tp->total_retrans;
	seen->sent = segments_sent(tp);
	seen->bytes = tp->bytes_retrans;
	seen_skip_received(seen, tp);
	seen->stall = 0;
	seen->ended = ENDED_NOT;
	__sync_lock_test_and_set(&seen->claims.word, claims.word);
}

/*
 * Whether the socket needs storage from its start: a kernel socket does, because no process holds
 * it and the walk never finds it. If the walk does not visit all processes, every socket does.
 */
static __always_inline bool is_never_found(const struct sock *sk)
{
	const struct identity *identity = own_identity();

	return (identity && !identity->walks) || BPF_CORE_READ_BITFIELD(sk, sk_kern_sock);
}

/* A connection without storage starts. */
static __always_inline void begin(struct sock *sk, struct tcp_sock *tp, u8 role)
{
	struct seen *seen;

	/* A server's child starts with the retransmissions of its request, reported already. */
	if (!tp->total_retrans && newcomer_add(newcomer_address(sk)) &&
		!is_never_found(&tp->inet_conn.icsk_inet.sk))
		return;
	seen = seen_new(sk);
	if (seen)
		seen_init_begun(sk, seen, tp, role);
}

/*
 * Whether a time-wait socket replaces an orphan and acknowledges the FIN that is still to come
 * (tcp_time_wait()). tcp_fin() would have set SOCK_DONE, and tcp_reset() an error.
 */
static __always_inline bool becomes_time_wait(const struct sock *sk, int from)
{
	unsigned long flags = sk->__sk_common.skc_flags & (1UL << SOCK_DEAD | 1UL << SOCK_DONE);

	return from == TCP_FIN_WAIT2 && flags == 1UL << SOCK_DEAD && !sk->sk_err;
}

static __always_inline u32 phase_of(int state)
{
	switch (state) {
	case TCP_SYN_SENT:
	case TCP_SYN_RECV:
		return WIRE_PHASE_CONNECT;
	case TCP_ESTABLISHED:
	case TCP_CLOSE_WAIT:
		return WIRE_PHASE_ESTABLISHED;
	default:
		return WIRE_PHASE_CLOSING;
	}
}

/*
 * How a connection ends that was in the state `from`, for seen->ended. tcp_write_err() sets this
 * error when it gives a connection up after a timeout, and counts it in TCPAbortOnTimeout. One that
 * has exchanged no segment is none.
 */
static __always_inline u32 ended_as(const struct tcp_sock *tp, int from)
{
	int err = tp->inet_conn.icsk_inet.sk.sk_err, soft = tp->inet_conn.icsk_inet.sk.sk_err_soft;

	if (!tp->segs_out && !tp->segs_in)
		return ENDED_NOT;
	if (!err || err != (soft ? soft : ETIMEDOUT))
		return ENDED_DUE;
	return ENDED_DUE + phase_of(from);
}

/*
 * The timer at which a connection was given up, or 0: the keepalive and the zero window probe also
 * give up, after probes. The timer of a SYN-ACK is not icsk_rto.
 */
static __always_inline u64 last_stall(struct tcp_sock *tp, int from, u32 ended)
{
	if (ended <= ENDED_DUE || from == TCP_SYN_RECV || tp->inet_conn.icsk_probes_out)
		return 0;
	return stall_timer(tp);
}

/*
 * The end of a connection without storage. For a newcomer everything is reported. Nothing is known
 * about one that may be older than the programs.
 */
static __always_inline void end_bare(struct sock *sk, struct tcp_sock *tp, int from)
{
	u64 newcomer = newcomer_take(newcomer_address(sk));
	u32 due = newcomer & NEWCOMER_LOST ? 0 : tp->total_retrans, sent, resets = 0, ended;

	if (!newcomer)
		return;
	sent = segments_sent(tp);
	if (sent)
		sent += sent_by_request(role_of(tp)) -
			becomes_time_wait(&tp->inet_conn.icsk_inet.sk, from);
	if (newcomer & NEWCOMER_RESET << WIRE_RESET_SENT)
		resets += SEEN_RESET(WIRE_RESET_SENT);
	if (newcomer & NEWCOMER_RESET << WIRE_RESET_RECEIVED)
		resets += SEEN_RESET(WIRE_RESET_RECEIVED);
	if (due)
		report_bare(tp, from == TCP_SYN_SENT ? WIRE_CAUSE_SYN : WIRE_CAUSE_UNKNOWN, due,
			(u32)tp->bytes_retrans, REPORT_FIRST);
	ended = ended_as(tp, from);
	if (sent || resets || ended)
		report_sent_bare(tp, sent, resets, ended, last_stall(tp, from, ended));
}

/* The end of a connection is recorded once, even if the socket was closed before. */
static __always_inline void end_seen(struct tcp_sock *tp, struct seen *seen, int from)
{
	u32 ended = seen->ended ? ENDED_NOT : ended_as(tp, from);
	u64 stall = last_stall(tp, from, ended);

	if (stall)
		__sync_fetch_and_add(&seen->stall, stall);
	if (ended)
		seen->ended = ended;
}

static __always_inline void end(struct tcp_sock *tp, struct seen *seen, int from)
{
	if (becomes_time_wait(&tp->inet_conn.icsk_inet.sk, from))
		__sync_fetch_and_add(&seen->sent, -1);
	report_due(tp, seen, 0, WIRE_CAUSE_UNKNOWN);
	report_deferred(tp, seen, true);
	end_seen(tp, seen, from);
	report_sent(tp, seen, true);
}

/*
 * A connection starts or ends. At its start its counts start; at its end its addresses are still
 * known. When SYN_SENT ends, everything due is still a SYN.
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
	if (from == TCP_SYN_SENT && to != TCP_CLOSE && !seen && tp->total_retrans)
		seen = seen_made(NULL, sk, tp, 0);
	if (from == TCP_SYN_SENT && seen)
		report_due(tp, seen, 0, WIRE_CAUSE_SYN);
	if (to == TCP_CLOSE) {
		if (seen)
			end(tp, seen, from);
		else
			end_bare(sk, tp, from);
	} else if (to == TCP_SYN_SENT && seen) {
		begin_again(tp, seen);
	} else if (from != TCP_SYN_SENT && !seen) {
		/* A simultaneous or a fast open has started already. */
		begin(sk, tp, to == TCP_SYN_SENT ? WIRE_ROLE_CLIENT : role_of(tp));
	}
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int rexmit_destroy(u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct identity *identity;
	struct seen *seen;

	if (!tp)
		return 0;
	seen = bpf_sk_storage_get(&rexmit_sockets, sk, 0, 0);
	if (!seen) {
		end_bare(sk, tp, TCP_CLOSE); /* if no program saw it close */
		return 0;
	}
	report_due(tp, seen, 0, WIRE_CAUSE_UNKNOWN);
	report_deferred(tp, seen, true);
	end_seen(tp, seen, TCP_CLOSE); /* if no program saw it close */
	report_sent(tp, seen, true);
	give_up_deferred(seen);
	give_up_sent(tp, seen);
	identity = own_identity();
	if (identity)
		__sync_fetch_and_add(&identity->stored, -1);
	return 0;
}

#include "walk.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";
