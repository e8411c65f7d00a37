/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * What is remembered of a socket, in its own storage: it goes when the socket goes. Only a socket that
 * holds something which the socket itself does not tell has it: what was reported of it already, or
 * what it counted before its connection was seen.
 */
#ifndef REXMIT_SOCKET_H
#define REXMIT_SOCKET_H

#include "bpf/identity.h"
#include "newcomer.bpf.h"
#include "protocol/wire.h"
#include "quirks.bpf.h"

/* How far a connection's segments are claimed. Read and changed as one word: docs/exactness.md. */
union claims {
	u64 word;
	struct {
		u32 retrans; /* of total_retrans */
		u8 role;     /* wire_role; 0: new, nobody has found out what is claimed already */
		u8 begun;    /* counts up when the socket is connected again */
		u8 claimed;  /* whether any was, since the connection began: CLAIMED_* */
		u8 named; /* when the path of its cgroup was last seen to be kept, in minutes, or 0 */
	};
};

enum {
	CLAIMED_NONE = 0,
	CLAIMED_FIRST = 1, /* no record of it has the flag WIRE_EVENT_FIRST yet */
	CLAIMED_TOLD = 2,
};

/*
 * The kernel puts 8 bytes in front of it, from the start of a cache line on (struct
 * bpf_local_storage_data): all of it is on that line. Zeros are the storage of a connection of which
 * nothing was reported.
 */
struct seen {
	union claims claims;
	u64 bytes; /* bytes_retrans that has been reported */
	u32 sent;  /* segs_out less total_retrans that has been reported */
	u32 swept; /* total_retrans at the last sweep */
	union {
		u32 resets;               /* not yet in a record; see SEEN_RESET() */
		u32 pending[WIRE_CAUSES]; /* by cause, from 1 on: claimed, but the ring was full */
	};
};
_Static_assert(sizeof(struct seen) == 56, "a cache line with what the kernel puts in front");

/* One reset in `resets`: sent in its low half, received in the other, to be taken out together. */
#define SEEN_RESET(direction) ((direction) == WIRE_RESET_SENT ? UINT32_C(1) : UINT32_C(1) << 16)

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct seen);
} rexmit_sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct identity);
} rexmit_identity SEC(".maps");

/* Also counts the sockets with storage: when it is made and when they end, and again by each sweep. */
static __always_inline struct identity *own_identity(void)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&rexmit_identity, &key);
}

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
 * Loads of what was reported, by the sweep: before those of what has been counted, because the socket,
 * whose lock it does not hold, may be connected again in between. An atomic operation that returns the
 * value orders them on every architecture (docs/exactness.md). With the lock any load will do.
 */
static __always_inline u32 load_first(u32 *reported, bool locked)
{
	return locked ? *reported : __sync_fetch_and_or(reported, 0);
}

static __always_inline union claims claims_first(struct seen *seen)
{
	return (union claims){.word = __sync_fetch_and_or(&seen->claims.word, 0)};
}

/*
 * What the socket has sent since `sent` was reported. Nothing once it is disconnected: that zeroes
 * total_retrans and, in recent kernels, segs_out (tcp_disconnect()).
 */
static __always_inline u32 sent_since(struct tcp_sock *tp, const struct seen *seen, u32 sent)
{
	u32 since = segments_sent(tp) - sent;

	if (!tp->segs_out || (s32)(tp->total_retrans - seen->claims.retrans) < 0 || (s32)since < 0)
		return 0;
	return since;
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

/* A server's request has sent the first SYN-ACK, which the socket does not count. */
static __always_inline u32 sent_by_request(u8 role)
{
	return role == WIRE_ROLE_SERVER;
}

/*
 * Finds out what is claimed already, for storage that is new; `newcomer` is the entry that was removed
 * for it, or 0. Without one the socket may be older than the programs, and only `own` segments of its
 * total_retrans, those of the event at hand, are still to be reported.
 */
static __always_inline void seen_init(struct seen *seen, struct tcp_sock *tp, u64 newcomer, u32 own)
{
	bool whole = newcomer && !(newcomer & NEWCOMER_LOST);
	union claims claims = {.role = role_of(tp)};

	claims.retrans = whole ? 0 : tp->total_retrans - own;
	seen->sent = newcomer ? 0 - sent_by_request(claims.role) : segments_sent(tp);
	seen->bytes = whole ? 0 : tp->bytes_retrans;
	if (newcomer & NEWCOMER_RESET << WIRE_RESET_SENT)
		__sync_fetch_and_add(&seen->resets, SEEN_RESET(WIRE_RESET_SENT));
	if (newcomer & NEWCOMER_RESET << WIRE_RESET_RECEIVED)
		__sync_fetch_and_add(&seen->resets, SEEN_RESET(WIRE_RESET_RECEIVED));
	/* Only if nobody has: a handler and the walk may both find it new. */
	__sync_val_compare_and_swap(&seen->claims.word, 0, claims.word);
}

/*
 * The same for a connection that begins now, with whatever the socket has counted until then. A client
 * has no port yet.
 */
static __always_inline void seen_init_begun(
	struct sock *sk, struct seen *seen, struct tcp_sock *tp, u8 role)
{
	union claims claims = {.role = role};

	newcomer_take(newcomer_address(sk));
	claims.retrans = tp->total_retrans;
	seen->swept = tp->total_retrans;
	seen->sent = segments_sent(tp) - sent_by_request(claims.role);
	seen->bytes = tp->bytes_retrans;
	__sync_val_compare_and_swap(&seen->claims.word, 0, claims.word);
}

/* New storage, which seen_init() must follow. NULL if there is no memory, or it would be too much. */
static __always_inline struct seen *seen_new(struct sock *sk)
{
	struct identity *identity = own_identity();
	struct seen *seen;

	if (!identity || identity->stored >= identity->sockets_max)
		return NULL;
	seen = bpf_sk_storage_get(&rexmit_sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (seen)
		__sync_fetch_and_add(&identity->stored, 1);
	return seen;
}

/*
 * The socket's storage, `seen` if it has some, else it is made; `own` as in seen_init(). May be NULL.
 */
static __always_inline struct seen *seen_made(
	struct seen *seen, struct sock *sk, struct tcp_sock *tp, u32 own)
{
	if (seen && seen->claims.role)
		return seen;
	if (!seen)
		seen = seen_new(sk);
	if (seen)
		seen_init(seen, tp, newcomer_take(newcomer_address(sk)), own);
	return seen;
}

#endif
