/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Programs for the start and the end of every connection. */
#ifndef REXMIT_LIFETIME_H
#define REXMIT_LIFETIME_H

#include "claim.bpf.h"
#include "process.bpf.h"
#include "report.bpf.h"
#include "socket.bpf.h"

/*
 * Initializes the storage of a socket that is connected again. tcp_disconnect() has set the
 * socket's counts to 0. The sweep skips the socket while `claims.word` is 0.
 */
static __always_inline void connection_begin_again(struct tcp_sock *tp, struct seen *seen)
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
 * Whether the walk over files may miss the socket. Such a socket needs storage from its start. The
 * walk visits no kernel sockets, because no process holds them. Without `walks_everywhere` the walk
 * may miss any socket.
 */
static __always_inline bool walk_may_miss(const struct sock *sk)
{
	const struct identity *identity = own_identity();

	return (identity && !identity->walks_everywhere) ||
	       BPF_CORE_READ_BITFIELD(sk, sk_kern_sock);
}

/*
 * Makes a newcomer entry, or storage, for a connection that starts. The entry is made first: it
 * remains if storage cannot be created. Otherwise seen_init_begun() removes it.
 */
static __always_inline void connection_begin(struct sock *sk, struct tcp_sock *tp, u8 role)
{
	struct seen *seen;

	/* The count of an accepted socket may start above 0. It includes the SYN-ACKs that the
	 * request retransmitted. They are already reported. */
	if (!tp->total_retrans && newcomer_add(newcomer_address(sk)) &&
		!walk_may_miss(&tp->inet_conn.icsk_inet.sk))
		return;
	seen = seen_new(sk);
	if (seen)
		seen_init_begun(sk, seen, tp, role);
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
 * Returns the value of seen->ended for a connection that ends in the state `from`. A socket that
 * has exchanged no segment had no connection. tcp_write_err() gives up a connection after a
 * timeout. It sets the error to the soft error, or to ETIMEDOUT if there is none, and counts
 * TCPAbortOnTimeout.
 */
static __always_inline u32 ended_as(const struct tcp_sock *tp, int from)
{
	int err = tp->inet_conn.icsk_inet.sk.sk_err, soft = tp->inet_conn.icsk_inet.sk.sk_err_soft;

	if (!has_exchanged(tp))
		return ENDED_NOT;
	if (!err || err != (soft ? soft : ETIMEDOUT))
		return ENDED_DUE;
	return ENDED_DUE + phase_of(from);
}

/*
 * Returns the retransmission timer at which the kernel gave up the connection (stall_timer()).
 * Returns 0 if the connection ended in another way, or after keepalive or window probes. Also
 * returns 0 in SYN_RECV, because icsk_rto is not the timer of that state.
 */
static __always_inline u64 last_stall(struct tcp_sock *tp, int from, u32 ended)
{
	if (ended <= ENDED_DUE || from == TCP_SYN_RECV || tp->inet_conn.icsk_probes_out)
		return 0;
	return stall_timer(tp);
}

/*
 * Returns the number of segments that a newcomer has sent until its end. If the peer resets the
 * connection early, a server's socket has sent nothing, but its request has sent the SYN-ACK.
 */
static __always_inline u32 sent_in_all(struct tcp_sock *tp)
{
	if (!has_exchanged(tp))
		return 0;
	return segments_sent(tp) + sent_by_request(role_of(tp)) + becomes_time_wait(tp);
}

/*
 * Removes the entry of a connection that ends in the state `from`, and returns the result of
 * newcomer_take(). A fast open connection may end in SYN_RECV, before rexmit_state sees a start. It
 * is also a newcomer, with no segments to claim: rexmit_synack has reported them. A socket that
 * still has its bind bucket is a copy: two CPUs processed the same ACK, and the kernel keeps one
 * socket (inet_ehash_nolisten()).
 */
static __always_inline u64 take_ending(struct sock *sk, struct tcp_sock *tp, int from)
{
	u64 newcomer = newcomer_take(newcomer_address(sk), true);

	if (!newcomer && from == TCP_SYN_RECV && !tp->inet_conn.icsk_bind_hash &&
		!tp->total_retrans)
		return NEWCOMER_TAKEN;
	return newcomer;
}

/*
 * Reports the end of a connection without storage. A newcomer's counts are reported. Any other
 * connection may be older than the programs, so nothing of it is reported.
 */
static __always_inline void end_unstored(struct sock *sk, struct tcp_sock *tp, int from)
{
	u64 newcomer = take_ending(sk, tp, from);
	u32 due = tp->total_retrans - (u32)(newcomer >> 32), sent, resets, ended;
	bool reported = newcomer & NEWCOMER_REPORTED;

	if (!newcomer)
		return;
	sent = sent_in_all(tp);
	resets = newcomer_resets(newcomer);
	/* The entry may belong to an earlier connection, if the kernel skipped the program at its
	 * end. In this case `due` may be negative. */
	if ((s32)due > 0)
		report_unstored(tp, from == TCP_SYN_SENT ? WIRE_CAUSE_SYN : WIRE_CAUSE_UNKNOWN, due,
			reported ? 0 : (u32)tp->bytes_retrans, reported ? 0 : REPORT_FIRST);
	ended = ended_as(tp, from);
	if (sent || resets || ended)
		report_sent_unstored(tp, sent, resets, ended, last_stall(tp, from, ended));
}

/*
 * Records in the storage how the connection ended, and its last timer. The first call that finds a
 * connection does so. rexmit_destroy calls this again.
 */
static __always_inline void record_end(struct tcp_sock *tp, struct seen *seen, int from)
{
	u32 ended = seen->ended ? ENDED_NOT : ended_as(tp, from);
	u64 stall = last_stall(tp, from, ended);

	if (stall)
		__sync_fetch_and_add(&seen->stall, stall);
	if (ended)
		seen->ended = ended;
}

static __always_inline void connection_end(struct tcp_sock *tp, struct seen *seen, int from)
{
	/* The time-wait socket will receive the peer's FIN and send its acknowledgement. Subtracting
	 * from what was reported adds both to the report. */
	if (becomes_time_wait(tp)) {
		__sync_fetch_and_add(&seen->sent, -1);
		__sync_fetch_and_add(&seen->received, -1);
	}
	report_deferred(tp, seen, true);
	record_end(tp, seen, from);
	report_sent(tp, seen, true);
}

/*
 * The fast path of change_state(), for connections without retransmissions, storage and errors (see
 * newcomer_bucket_is_empty()). Returns whether the change is handled.
 */
static __always_inline bool change_state_fast(
	struct sock *sk, struct tcp_sock *tp, int from, int to)
{
	u64 address = newcomer_address(sk);

	if (has_storage(tp) || tp->total_retrans)
		return false;
	/* A client's entry was made when it entered SYN_SENT. */
	if (to != TCP_CLOSE)
		return from == TCP_SYN_SENT ||
		       (!walk_may_miss(&tp->inet_conn.icsk_inet.sk) && newcomer_add_first(address));
	if (tp->inet_conn.icsk_inet.sk.sk_err || !newcomer_take_first(address))
		return false;
	if (has_exchanged(tp))
		report_sent_unstored(tp, sent_in_all(tp), 0, ENDED_DUE, 0);
	return true;
}

static __noinline int change_state(struct sock *sk, struct tcp_sock *tp, int from, int to)
{
	bool connects = from == TCP_SYN_SENT && to != TCP_CLOSE;
	struct seen *seen = seen_find(sk, tp);

	/* Storage that the walk has just created may not be initialized yet. */
	if (seen ? !seen->claims.role : connects && tp->total_retrans)
		seen = seen_ensure(seen, sk, tp, 0);
	/* A socket in SYN_SENT has sent only SYNs. */
	if (seen && (from == TCP_SYN_SENT || to == TCP_CLOSE))
		report_missed(tp, seen, from == TCP_SYN_SENT ? WIRE_CAUSE_SYN : WIRE_CAUSE_UNKNOWN);
	if (to == TCP_CLOSE) {
		if (seen)
			connection_end(tp, seen, from);
		else
			end_unstored(sk, tp, from);
	} else if (to == TCP_SYN_SENT && seen) {
		connection_begin_again(tp, seen);
	} else if (from != TCP_SYN_SENT && !seen) {
		/* After a simultaneous open the entry exists already. */
		connection_begin(sk, tp, to == TCP_SYN_SENT ? WIRE_ROLE_CLIENT : role_of(tp));
	}
	return 0;
}

/*
 * Handles the start and the end of a connection, and the start of a listener. At the end of its
 * connection, a socket still has its addresses.
 */
SEC("tp_btf/inet_sock_set_state")
int rexmit_state(u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	int from = (int)ctx[1], to = (int)ctx[2];
	struct tcp_sock *tp;

	/* From SYN_RECV, a socket of a fast open may also go to FIN_WAIT1. */
	if (to != TCP_SYN_SENT && to != TCP_CLOSE && from != TCP_SYN_SENT && to != TCP_LISTEN &&
		from != TCP_SYN_RECV)
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (tp && to == TCP_LISTEN)
		return process_listens_now(tp);
	if (tp && !change_state_fast(sk, tp, from, to))
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

	if (!tp || (!has_storage(tp) && newcomer_is_absent(newcomer_address(sk))))
		return 0;
	seen = seen_find(sk, tp);
	/* Without storage, something is left to report only if the kernel skipped rexmit_state. */
	if (!seen) {
		end_unstored(sk, tp, TCP_CLOSE);
		return 0;
	}
	if (!seen->claims.role)
		seen = seen_ensure(seen, sk, tp, 0);
	report_missed(tp, seen, WIRE_CAUSE_UNKNOWN);
	connection_end(tp, seen, TCP_CLOSE);
	give_up_deferred(seen);
	give_up_rest(tp, seen);
	identity = own_identity();
	if (identity)
		__sync_fetch_and_add(&identity->stored, -1);
	return 0;
}

#endif
