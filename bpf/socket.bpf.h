/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* What is remembered of a socket, in its own storage: it goes when the socket goes. */
#ifndef REXMIT_SOCKET_H
#define REXMIT_SOCKET_H

#include "protocol/wire.h"
#include "quirks.bpf.h"

/*
 * The kernel puts 8 bytes in front of it, from the start of a cache line on (struct
 * bpf_local_storage_data). What every event needs comes first, to be on that line: it is cold.
 */
struct seen {
	u32 retrans;              /* total_retrans that has been claimed */
	u32 sent;                 /* segs_out less total_retrans that has been reported */
	u64 bytes;                /* bytes_retrans that has been reported */
	u32 deferred;             /* whether any of `pending` may be non-zero */
	u32 named;                /* when the path of its cgroup was last seen to be kept, or 0 */
	u32 role;                 /* wire_role; 0: this is being filled in */
	u32 reported;             /* whether the connection had a record with segments */
	u32 resets;               /* not yet in a record; see SEEN_RESET() */
	u32 swept;                /* total_retrans at the last sweep */
	u32 pending[WIRE_CAUSES]; /* claimed, but the ring was full */
};

/* One reset in `resets`: sent in its low half, received in the other, to be taken out together. */
#define SEEN_RESET(direction) ((direction) == WIRE_RESET_SENT ? UINT32_C(1) : UINT32_C(1) << 16)

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct seen);
} rexmit_sockets SEC(".maps");

static __always_inline u8 state_of(const struct tcp_sock *tp)
{
	return tp->inet_conn.icsk_inet.sk.__sk_common.skc_state;
}

/*
 * The socket's share of OutSegs, which does not count what is retransmitted (RFC 4022), where
 * segs_out does (tcp_output.c).
 */
static __always_inline u32 segments_sent(struct tcp_sock *tp)
{
	return tp->segs_out - tp->total_retrans;
}

/*
 * Loads what was reported before what has been counted is loaded: the sweep runs without the socket's
 * lock, which may be connected again in between. On x86; other processors may load in another order.
 */
static __always_inline u32 load_first(const u32 *reported)
{
	u32 value = *(const volatile u32 *)reported;

	barrier();
	return value;
}

/*
 * What the socket has sent since `sent` was reported. Nothing once it is disconnected: that zeroes
 * total_retrans and, in recent kernels, segs_out (tcp_disconnect()).
 */
static __always_inline u32 sent_since(struct tcp_sock *tp, const struct seen *seen, u32 sent)
{
	u32 since = segments_sent(tp) - sent;

	if (!tp->segs_out || (s32)(tp->total_retrans - seen->retrans) < 0 || (s32)since < 0)
		return 0;
	return since;
}

/*
 * `own` segments of total_retrans, and `own_sent` of what was sent, are still to be reported. The
 * sweep, without the socket's lock, leaves storage alone whose role is 0: the exchanges order it.
 */
static __always_inline void seen_init(
	struct seen *seen, struct tcp_sock *tp, u8 role, u32 own, u32 own_sent)
{
	__sync_lock_test_and_set(&seen->role, 0);
	seen->retrans = tp->total_retrans - own;
	seen->swept = seen->retrans;
	seen->sent = segments_sent(tp) - own_sent;
	seen->bytes = tp->bytes_retrans;
	seen->reported = 0;
	seen->resets = 0;
	seen->named = 0;
	__sync_lock_test_and_set(&seen->role, role);
}

/*
 * Which end of a connection a socket is, by what its making left in it:
 *
 * - An accepted socket is a copy of its listener, and so has that one's backlog (sk_clone_lock()), which
 *   only listen(2) sets; but not its lock on the port, which is taken from the copy.
 * - connect(2) marks the ports that it chooses itself (__inet_hash_connect()).
 * - What is left is one that bind(2) was left to choose a port for, and one accepted where listen(2) was
 *   given a backlog of 0; or it is closed already, and has no bind bucket: there the port decides.
 */
static __always_inline u8 role_of(struct tcp_sock *tp)
{
	struct net *net = tp->inet_conn.icsk_inet.sk.__sk_common.skc_net.net;
	u16 port = bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport);

	if (tp->inet_conn.icsk_inet.sk.sk_max_ack_backlog)
		return WIRE_ROLE_SERVER;
	if (state_of(tp) == TCP_SYN_SENT ||
		(BPF_CORE_READ_BITFIELD(tp, inet_conn.icsk_inet.sk.sk_userlocks) &
			SOCK_BINDPORT_LOCK) ||
		tp->inet_conn.icsk_bind_hash->fastreuse == -1 || is_ephemeral(net, port))
		return WIRE_ROLE_CLIENT;
	return WIRE_ROLE_SERVER;
}

/*
 * Storage for a socket that has none, because the connection is older than the programs; `own`
 * segments of its total_retrans belong to the event at hand. NULL if there is no memory.
 */
static __always_inline struct seen *seen_new(struct sock *sk, struct tcp_sock *tp, u32 own)
{
	struct seen *seen = bpf_sk_storage_get(&rexmit_sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);

	if (!seen)
		return NULL;
	seen_init(seen, tp, role_of(tp), own, 0);
	return seen;
}

#endif
