/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The start and the end of a connection. These programs run for every connection, also for those
 * that lose nothing.
 */
#ifndef REXMIT_LIFETIME_H
#define REXMIT_LIFETIME_H

#include "claim.bpf.h"
#include "report.bpf.h"
#include "socket.bpf.h"

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

/* What a newcomer has sent from its start to its end. */
static __always_inline u32 sent_in_all(struct tcp_sock *tp, int from)
{
	u32 sent = segments_sent(tp);

	if (!sent)
		return 0;
	return sent + sent_by_request(role_of(tp)) +
	       becomes_time_wait(&tp->inet_conn.icsk_inet.sk, from);
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
	sent = sent_in_all(tp, from);
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
 * The short way of a connection without losses, storage and errors. Returns whether nothing else is
 * to be done; see newcomer_add_first().
 */
static __always_inline bool is_quiet(struct sock *sk, struct tcp_sock *tp, int from, int to)
{
	u64 address = newcomer_address(sk);

	if (has_storage(tp) || tp->total_retrans)
		return false;
	if (to != TCP_CLOSE)
		return from == TCP_SYN_SENT || (!is_never_found(&tp->inet_conn.icsk_inet.sk) &&
						       newcomer_add_first(address));
	if (tp->inet_conn.icsk_inet.sk.sk_err || !newcomer_take_first(address))
		return false;
	if (tp->segs_out || tp->segs_in)
		report_sent_bare(tp, sent_in_all(tp, from), 0, ENDED_DUE, 0);
	return true;
}

/* When SYN_SENT ends, everything due is still a SYN. */
static __noinline int change_state(struct sock *sk, struct tcp_sock *tp, int from, int to)
{
	struct seen *seen = seen_find(sk, tp);

	/* Or the walk has just made it, and has not written yet what was claimed. */
	if (seen ? !seen->claims.role
		 : from == TCP_SYN_SENT && to != TCP_CLOSE && tp->total_retrans)
		seen = seen_made(seen, sk, tp, 0);
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

/*
 * A connection starts or ends. At its start its counts start; at its end its addresses are still
 * known.
 */
SEC("tp_btf/inet_sock_set_state")
int rexmit_state(u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	int from = (int)ctx[1], to = (int)ctx[2];
	struct tcp_sock *tp;

	if (to != TCP_SYN_SENT && to != TCP_CLOSE && from != TCP_SYN_SENT &&
		!(from == TCP_SYN_RECV && to == TCP_ESTABLISHED))
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (tp && !is_quiet(sk, tp, from, to))
		change_state(sk, tp, from, to);
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int rexmit_destroy(u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct identity *identity;
	struct seen *seen;

	if (!tp || (!has_storage(tp) && newcomer_is_gone(newcomer_address(sk))))
		return 0;
	seen = seen_find(sk, tp);
	if (!seen) {
		end_bare(sk, tp, TCP_CLOSE); /* if no program saw it close */
		return 0;
	}
	if (!seen->claims.role)
		seen = seen_made(seen, sk, tp, 0); /* as in change_state() */
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

#endif
