/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Resets sent and received.
 *
 * A connection's resets are kept, in its storage or as a flag of a newcomer, and travel with its next
 * record: there is one at its end anyway, for the segments sent. So they take a record from the ring
 * only if nothing keeps them (see reset_bare()), and like those segments none at all from a ring that
 * is half full. None makes storage. A reset without a connection, of which any stranger may ask for millions, is
 * counted in one number and leaves nothing else behind.
 */
#ifndef REXMIT_RESET_H
#define REXMIT_RESET_H

#include "count.bpf.h"
#include "protocol/wire.h"
#include "report.bpf.h"
#include "socket.bpf.h"

/*
 * The connection that `sk` is, or NULL. From 6.10 on (commit 19822a980e19, "trace: tcp: fully support
 * trace_tcp_send_reset") it may be no socket, a time-wait or a request socket; older kernels show
 * full sockets only. A listener answers for connections that do not get to be any.
 *
 * Since 6.13 the verifier knows that it may be NULL (commit 838a10bd2ebf, "bpf: Augment raw_tp
 * arguments with PTR_MAYBE_NULL") and wants the test; before, it is so sure of the contrary that it
 * removes the test, and lets the program read through NULL. So what is read here is read by
 * bpf_skc_to_tcp_sock(), which looks for itself, and behind its result.
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
 * That of the socket, of which all kinds have their sock_common first, or of the device that the
 * answered segment came in by; see connection_of().
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
 * Keeps a reset for the connection's next record. A connection that is closed already may not have
 * one: close(2) resets behind the change of state, and a segment for a socket that nobody holds any
 * more is answered behind the socket's end (tcp_rcv_state_process(), tcp_v4_do_rcv()).
 */
static __always_inline void reset_connection(
	struct tcp_sock *tp, struct seen *seen, enum wire_reset direction)
{
	u32 full = SEEN_RESET(direction) * UINT16_MAX;

	if ((seen->resets & full) == full) {
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
 * Whether the local end has closed, and the other one not yet. Data that arrives then is answered by
 * a reset, and tcp_receive_reset fires as if one had come (tcp_rcv_state_process() calls tcp_reset()):
 * from a reset that does come it cannot be told, and there is nobody left to be told of either.
 */
static __always_inline bool is_closed_here(const struct tcp_sock *tp)
{
	u8 state = state_of(tp);

	return (state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2) &&
	       (BPF_CORE_READ_BITFIELD(tp, inet_conn.icsk_inet.sk.sk_shutdown) & RCV_SHUTDOWN);
}

/*
 * A reset of a connection that nothing is kept of: one that is older than the programs, one that is
 * closed already, whose end was reported (close(2) resets after the change of state), or a second one.
 * What the socket sends without being asked, in answer to no segment, it counts in segs_out.
 */
static __always_inline void reset_bare(
	struct tcp_sock *tp, const struct sk_buff *answered, enum wire_reset direction)
{
	bool own = direction == WIRE_RESET_SENT && !answered && state_of(tp) == TCP_CLOSE;

	report_sent_bare(tp, own, SEEN_RESET(direction));
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
	seen = bpf_sk_storage_get(&rexmit_sockets, sk, 0, 0);
	if (seen)
		reset_connection(tp, seen, direction);
	else if (!newcomer_mark(newcomer_address(sk), NEWCOMER_RESET << direction))
		reset_bare(tp, answered, direction);
	return 0;
}

/* Its third argument, the reason, came with 6.10 (commit b533fb9cf4f7) and is not read. */
SEC("tp_btf/tcp_send_reset")
int rexmit_rst_sent(u64 *ctx)
{
	return reset((void *)ctx[0], (void *)ctx[1], WIRE_RESET_SENT);
}

SEC("tp_btf/tcp_receive_reset")
int rexmit_rst_recv(u64 *ctx)
{
	return reset((void *)ctx[0], NULL, WIRE_RESET_RECEIVED);
}

#endif
