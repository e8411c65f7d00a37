/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A reset of a connection is stored in the connection's storage, or as a flag of its newcomer
 * entry. The connection's next record reports the reset. If the connection has neither, the reset
 * gets a separate record (reset_unstored()). A reset never creates storage. Resets without a
 * connection are only counted, because any host can cause millions of them.
 */
#ifndef REXMIT_RESET_H
#define REXMIT_RESET_H

#include "count.bpf.h"
#include "protocol/wire.h"
#include "report.bpf.h"
#include "socket.bpf.h"

/*
 * Returns `sk` if it is the socket of a connection, else NULL. If the answered segment belongs to
 * no connection, `sk` is a listener. From 6.10 on (commit 19822a980e19, "trace: tcp: fully support
 * trace_tcp_send_reset") `sk` may also be NULL, a time-wait socket or a request socket.
 *
 * Since 6.13 the verifier requires the test of `sk` (commit 838a10bd2ebf, "bpf: Augment raw_tp
 * arguments with PTR_MAYBE_NULL"). Older verifiers assume that `sk` is not NULL and remove the
 * test, so this function never reads `sk` itself. bpf_skc_to_tcp_sock() also tests for NULL.
 */
static __always_inline struct tcp_sock *connection_of(struct sock *sk)
{
	struct tcp_sock *tp;

	if (!sk)
		return NULL;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp || state_of(tp) == TCP_LISTEN)
		return NULL;
	return tp;
}

/*
 * Returns the network namespace of the socket or, if `sk` is NULL, of the device that received the
 * answered segment. Time-wait and request sockets also start with a sock_common.
 */
static __always_inline u32 netns_of_reset(
	const struct sock_common *sk, const struct sk_buff *answered)
{
	u32 netns = 0;

	if (sk)
		netns = BPF_CORE_READ(sk, skc_net.net, ns.inum);
	if (!netns && answered)
		netns = BPF_CORE_READ(answered, dev, nd_net.net, ns.inum);
	return netns;
}

static __always_inline void count_reset(u32 netns, enum wire_reset direction, bool connection)
{
	struct counters *c = own_counters();

	if (!c)
		return;
	count(&c->resets[direction][scope_of(netns)], 1);
	if (!connection)
		count(&c->resets_without_connection, 1);
}

/*
 * Stores a reset for the connection's next record. In TCP_CLOSE the reset is reported immediately,
 * because there may be no next record. Resets in TCP_CLOSE come from close(2), or answer segments
 * for a socket that no process holds (tcp_rcv_state_process(), tcp_v4_do_rcv()).
 */
static __always_inline void reset_connection(
	struct tcp_sock *tp, struct seen *seen, enum wire_reset direction)
{
	u32 maximum = SEEN_RESET(direction) * UINT16_MAX;

	if ((seen->resets & maximum) == maximum) {
		count_unattributed_resets(SEEN_RESET(direction));
		return;
	}
	__sync_fetch_and_add(&seen->resets, SEEN_RESET(direction));
	if (state_of(tp) != TCP_CLOSE)
		return;
	report_sent(tp, seen, true);
	give_up_resets(seen);
}

/*
 * Whether the local end has closed and the remote end has not. In this state the kernel answers
 * data with a reset, and calls tcp_reset() for the local socket (tcp_rcv_state_process()).
 * tcp_reset() fires tcp_receive_reset although no reset was received. The program cannot see the
 * difference.
 */
static __always_inline bool is_closed_here(const struct tcp_sock *tp)
{
	u8 state = state_of(tp);

	return (state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2) &&
	       (BPF_CORE_READ_BITFIELD(tp, inet_conn.icsk_inet.sk.sk_shutdown) & RCV_SHUTDOWN);
}

/*
 * Reports a reset that can be stored nowhere. Either the connection is older than the programs, or
 * its end is already reported, or this is its second reset in this direction. A reset from close(2)
 * answers no segment. segs_out counts it as a segment sent.
 */
static __always_inline void reset_unstored(
	struct tcp_sock *tp, const struct sk_buff *answered, enum wire_reset direction)
{
	bool is_sent_segment =
		direction == WIRE_RESET_SENT && !answered && state_of(tp) == TCP_CLOSE;

	report_sent_unstored(tp, is_sent_segment, SEEN_RESET(direction), ENDED_NOT, 0);
}

static __always_inline int reset(
	struct sock *sk, const struct sk_buff *answered, enum wire_reset direction)
{
	struct tcp_sock *tp = connection_of(sk);
	struct seen *seen;

	if (direction == WIRE_RESET_RECEIVED && tp && is_closed_here(tp))
		return 0;
	count_reset(netns_of_reset((void *)sk, answered), direction, tp);
	if (!tp)
		return 0;
	seen = seen_find(sk, tp);
	if (seen)
		reset_connection(tp, seen, direction);
	else if (!newcomer_mark(newcomer_address(sk), NEWCOMER_RESET << direction))
		reset_unstored(tp, answered, direction);
	return 0;
}

/*
 * The answered segment is NULL if the reset answers none. Verifiers before 6.13 may assume that an
 * argument is not NULL, and remove tests of it (see connection_of()), but not those of a copy. Since
 * 6.10 (commit b533fb9cf4f7) the third argument is the reason. It is not used.
 */
SEC("tp_btf/tcp_send_reset")
int rexmit_rst_sent(u64 *ctx)
{
	struct sk_buff *answered = NULL;

	bpf_probe_read_kernel(&answered, sizeof(answered), &ctx[1]);
	return reset((void *)ctx[0], answered, WIRE_RESET_SENT);
}

SEC("tp_btf/tcp_receive_reset")
int rexmit_rst_recv(u64 *ctx)
{
	return reset((void *)ctx[0], NULL, WIRE_RESET_RECEIVED);
}

#endif
