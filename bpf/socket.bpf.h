/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Data about a socket, in its own storage, which ends with the socket. A socket has storage only if
 * it needs data that the socket itself does not have: what was already reported, or what it counted
 * before its connection was seen.
 */
#ifndef REXMIT_SOCKET_H
#define REXMIT_SOCKET_H

#include "bpf/identity.h"
#include "newcomer.bpf.h"
#include "protocol/wire.h"
#include "quirks.bpf.h"

/* How far a connection's segments are claimed. Read and written as one word: docs/exactness.md. */
union claims {
	u64 word;
	struct {
		u32 retrans; /* part of total_retrans that is claimed */
		u8 role;     /* wire_role; 0: new, and what is claimed is not known yet */
		u8 begun;    /* incremented when the socket is connected again */
		u8 claimed;  /* whether any was claimed since the connection started: CLAIMED_* */
		u8 named;    /* minute in which its cgroup's path was last found stored, or 0 */
	};
};

enum {
	CLAIMED_NONE = 0,
	CLAIMED_FIRST = 1, /* no record of it has the flag WIRE_EVENT_FIRST yet */
	CLAIMED_TOLD = 2,
};

/*
 * The kernel puts 8 bytes before it, at the start of a cache line (struct bpf_local_storage_data).
 * A retransmission uses only that line; what follows it is for records without segments. All zeros
 * is the storage of a connection of which nothing was reported.
 */
struct seen {
	union claims claims;
	u64 bytes; /* bytes_retrans that has been reported */
	u32 sent;  /* segs_out minus total_retrans, as reported */
	u32 swept; /* total_retrans at the last sweep */
	union {
		u32 resets;               /* not yet in a record; see SEEN_RESET() */
		u32 pending[WIRE_CAUSES]; /* claimed, but the ring was full; by cause, from 1 on */
	};
	u32 received;     /* segs_in, as reported, and so for the next two */
	u32 out_of_order; /* rcv_ooopack */
	u32 spurious;     /* segments_spurious() */
	u32 ended;        /* ENDED_* */
	u64 stall;        /* timers that no record carries yet, as stall_timer() encodes them */
};
_Static_assert(
	offsetof(struct seen, received) == 56, "a cache line with what the kernel puts in front");

/* Whether the end of the connection has been reported. */
enum {
	ENDED_NOT = 0, /* it has not ended */
	ENDED_TOLD = 1,
	ENDED_DUE = 2, /* plus wire_phase */
};

/*
 * One reset in `resets`: sent in the low half, received in the high half, so that both are read at
 * once.
 */
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

/* Also counts the sockets with storage: when it is made, when they end, and anew in each sweep. */
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
 * Whether the socket has storage, of any program. Most sockets have none, and this load shows it
 * without a call.
 */
static __always_inline bool has_storage(const struct tcp_sock *tp)
{
	return tp->inet_conn.icsk_inet.sk.sk_bpf_storage;
}

/* Returns the socket's storage, or NULL. */
static __always_inline struct seen *seen_find(struct sock *sk, const struct tcp_sock *tp)
{
	return has_storage(tp) ? bpf_sk_storage_get(&rexmit_sockets, sk, 0, 0) : NULL;
}

/*
 * The socket's share of OutSegs. OutSegs excludes retransmissions (RFC 4022), but segs_out includes
 * them (tcp_output.c).
 */
static __always_inline u32 segments_sent(struct tcp_sock *tp)
{
	return tp->segs_out - tp->total_retrans;
}

/*
 * Retransmissions that the peer has reported by DSACK as duplicates (RFC 2883). The kernel ignores
 * a report of more segments than it has retransmitted (tcp_dsack_seen()), but counts it.
 */
static __always_inline u32 segments_spurious(struct tcp_sock *tp)
{
	u32 reported = tp->dsack_dups, retransmitted = tp->total_retrans;

	return reported < retransmitted ? reported : retransmitted;
}

/*
 * The retransmission timer that has run out: the number 1 in the high half, and its jiffies in the
 * low half. tcp_retransmit_timer() doubles it only after the retransmission.
 */
static __always_inline u64 stall_timer(struct tcp_sock *tp)
{
	return (u64)1 << 32 | tp->inet_conn.icsk_rto;
}

/*
 * Loads a reported count, for the sweep. It must be loaded before the count of the socket, because
 * the sweep does not hold the socket lock and the socket may be connected again in between. An
 * atomic operation that returns the value orders the loads on every architecture
 * (docs/exactness.md). With the lock any load is sufficient.
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
 * What the socket has sent since `sent` was reported. 0 after a disconnect, which zeroes
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
 * Which end of a connection a socket is, by the traces of its creation:
 *
 * - An accepted socket is a copy of its listener. It has the listener's backlog (sk_clone_lock()),
 *   which only listen(2) sets, but not its lock on the port, which the kernel clears in the copy.
 * - connect(2) marks the ports that it chooses itself (__inet_hash_connect()).
 * - In the other cases the port decides: bind(2) chose the port, or listen(2) was given a backlog
 *   of 0, or the socket is already closed and has no bind bucket.
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

/* What the socket has received until now is not to be reported. */
static __always_inline void seen_skip_received(struct seen *seen, struct tcp_sock *tp)
{
	seen->received = tp->segs_in;
	seen->out_of_order = segments_out_of_order(tp);
	seen->spurious = segments_spurious(tp);
}

/*
 * Finds out what is already claimed, for new storage. `newcomer` is the entry that was removed for
 * it, or 0. Without an entry the socket may be older than the programs. Then only the `own`
 * segments of the current event are still to be reported.
 */
static __always_inline void seen_init(struct seen *seen, struct tcp_sock *tp, u64 newcomer, u32 own)
{
	bool whole = newcomer && !(newcomer & NEWCOMER_LOST);
	union claims claims = {.role = role_of(tp)};

	claims.retrans = whole ? 0 : tp->total_retrans - own;
	seen->sent = newcomer ? 0 - sent_by_request(claims.role) : segments_sent(tp);
	seen->bytes = whole ? 0 : tp->bytes_retrans;
	if (!newcomer)
		seen_skip_received(seen, tp);
	if (newcomer & NEWCOMER_RESET << WIRE_RESET_SENT)
		__sync_fetch_and_add(&seen->resets, SEEN_RESET(WIRE_RESET_SENT));
	if (newcomer & NEWCOMER_RESET << WIRE_RESET_RECEIVED)
		__sync_fetch_and_add(&seen->resets, SEEN_RESET(WIRE_RESET_RECEIVED));
	/* Only if the word is still 0: a handler and the walk may both find the storage new. */
	__sync_val_compare_and_swap(&seen->claims.word, 0, claims.word);
}

/*
 * The same for a connection that starts now, whatever the socket has counted before. A client has
 * no port yet.
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
	/* A server's socket is new. It starts with the SYN, and has received an acknowledgement. */
	if (role == WIRE_ROLE_CLIENT)
		seen_skip_received(seen, tp);
	__sync_val_compare_and_swap(&seen->claims.word, 0, claims.word);
}

/* Makes storage, for seen_init(). Returns NULL if memory is short or the limit is reached. */
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
 * Returns the socket's storage: `seen` if it is initialized, else new storage. `own` is as in
 * seen_init(). May be NULL.
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
