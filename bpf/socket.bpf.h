/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A socket's storage says which part of the socket's counts needs no report. This part is already
 * reported, or is older than the programs. The kernel frees the storage with the socket.
 */
#ifndef REXMIT_SOCKET_H
#define REXMIT_SOCKET_H

#include "bpf/identity.h"
#include "newcomer.bpf.h"
#include "protocol/wire.h"
#include "quirks.bpf.h"

/*
 * Which segments are claimed (claim.bpf.h). Programs exchange all members as one word
 * (docs/exactness.md).
 */
union claims {
	u64 word;
	struct {
		u32 retrans; /* the segments up to this total_retrans are claimed */
		u8 role;     /* wire_role; 0: the storage is not initialized yet */
		u8 begun;    /* incremented when the socket is connected again */
		u8 claimed;  /* CLAIMED_* */
		u8 named;    /* minute of the last check of the cgroup's path, or 0 */
	};
};

/* Whether a segment was claimed since the connection started. */
enum {
	CLAIMED_NONE = 0,
	CLAIMED_FIRST = 1,    /* the next record gets WIRE_EVENT_FIRST */
	CLAIMED_REPORTED = 2, /* a record with WIRE_EVENT_FIRST was made */
};

/*
 * This structure starts 8 bytes after the start of a cache line (struct bpf_local_storage_data). A
 * retransmission uses only this cache line. New storage is all zeros.
 */
struct seen {
	union claims claims;
	u64 bytes;   /* bytes_retrans, as reported */
	u32 sent;    /* segs_out minus total_retrans, as reported */
	u32 process; /* key of the process's name (protocol/process_key.h), or 0 */
	union {
		u32 resets;               /* not reported yet; see SEEN_RESET() */
		u32 pending[WIRE_CAUSES]; /* deferred segments, by cause; [0] is `resets` */
	};
	u32 received;     /* segs_in, as reported */
	u32 out_of_order; /* rcv_ooopack, as reported */
	u32 spurious;     /* segments_spurious(), as reported */
	u32 ended;        /* ENDED_* */
	u64 stall;        /* sum of the results of stall_timer() that are not reported yet */
	u32 swept;        /* total_retrans at the last sweep */
	u32 walk;         /* the last walk over files that visited the socket (walk_number()) */
};
_Static_assert(offsetof(struct seen, received) == 56, "one cache line, with the kernel's 8 bytes");

/* Whether the connection has ended, and whether a record has reported the end. */
enum {
	ENDED_NOT = 0,
	ENDED_REPORTED = 1,
	ENDED_DUE = 2, /* ended, not reported yet. The value is ENDED_DUE plus wire_phase */
};

/*
 * One reset in `resets`. The low half of `resets` counts resets sent. The high half counts resets
 * received.
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

static __always_inline struct identity *own_identity(void)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&rexmit_identity, &key);
}

static __always_inline u8 state_of(const struct tcp_sock *tp)
{
	return tp->inet_conn.icsk_inet.sk.__sk_common.skc_state;
}

/* Whether the socket has storage of any BPF program. This test is cheaper than a helper call. */
static __always_inline bool has_storage(const struct tcp_sock *tp)
{
	return tp->inet_conn.icsk_inet.sk.sk_bpf_storage;
}

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
 * Whether the socket ends because a time-wait socket replaces it (tcp_time_wait()) to wait for the
 * peer's FIN. If the FIN has arrived, tcp_fin() has set SOCK_DONE. If a reset has arrived,
 * tcp_reset() has set an error. The kernel changes the state only after the program for the end has
 * run.
 */
static __always_inline bool becomes_time_wait(const struct tcp_sock *tp)
{
	const struct sock *sk = &tp->inet_conn.icsk_inet.sk;
	unsigned long flags = sk->__sk_common.skc_flags & (1UL << SOCK_DEAD | 1UL << SOCK_DONE);

	return state_of(tp) == TCP_FIN_WAIT2 && flags == 1UL << SOCK_DEAD && !sk->sk_err;
}

/*
 * Retransmissions that the peer has reported as duplicates, by DSACK (RFC 2883). A peer may report
 * more segments than the socket has retransmitted. The kernel ignores such a report, but counts it
 * in dsack_dups (tcp_dsack_seen()).
 */
static __always_inline u32 segments_spurious(struct tcp_sock *tp)
{
	u32 reported = tp->dsack_dups, retransmitted = tp->total_retrans;

	return reported < retransmitted ? reported : retransmitted;
}

/*
 * Returns the retransmission timer that has expired. The low half is the timer's duration in
 * jiffies. The high half is the number of timers, 1. The results of several calls can be added.
 * tcp_retransmit_timer() doubles icsk_rto only after the retransmission.
 *
 * icsk_rto can be 0 if the route has a minimum of 0 (tcp_rto_min()). Such a timer counts as one
 * jiffy, because it expires at the next tick at the soonest. The protocol requires a duration above
 * 0.
 */
static __always_inline u64 stall_timer(struct tcp_sock *tp)
{
	u32 jiffies = tp->inet_conn.icsk_rto;

	return (u64)1 << 32 | (jiffies ? jiffies : 1);
}

/*
 * Loads a reported count. The caller then loads the socket's count. Without the socket lock, the
 * order of the two loads matters, because the socket may be connected again between them. An atomic
 * operation orders the loads on every architecture (docs/exactness.md).
 */
static __always_inline u32 load_first(u32 *reported, bool locked)
{
	return locked ? *reported : __sync_fetch_and_or(reported, 0);
}

static __always_inline union claims claims_first(struct seen *seen)
{
	return (union claims){.word = __sync_fetch_and_or(&seen->claims.word, 0)};
}

/* Whether the socket has a connection that sent or received a segment. */
static __always_inline bool has_exchanged(const struct tcp_sock *tp)
{
	return tp->segs_out || tp->segs_in;
}

/*
 * Returns the number of segments sent minus the reported number `sent`. Returns 0 after a
 * disconnect. tcp_disconnect() sets total_retrans to 0 and, in recent kernels, segs_out and segs_in.
 */
static __always_inline u32 sent_since(struct tcp_sock *tp, const struct seen *seen, u32 sent)
{
	u32 since = segments_sent(tp) - sent;

	if (!has_exchanged(tp) || (s32)(tp->total_retrans - seen->claims.retrans) < 0 ||
		(s32)since < 0)
		return 0;
	return since;
}

/*
 * Returns whether the socket is the client or the server of its connection:
 *
 * - An accepted socket is a server. It is a copy of its listener (sk_clone_lock()). The copy has
 *   the listener's backlog, which only listen(2) sets. It does not have SOCK_BINDPORT_LOCK.
 * - A socket whose port connect(2) chose is a client. connect(2) sets the port's `fastreuse` to -1
 *   (__inet_hash_connect()).
 * - Otherwise a socket with an ephemeral port is a client. Such a socket got its port from bind(2),
 *   was accepted from a listener with a backlog of 0, or is closed and has no bind bucket.
 *
 * A load through NULL would be a page fault on arm64 (docs/exactness.md).
 */
static __always_inline u8 role_of(struct tcp_sock *tp)
{
	struct net *net = tp->inet_conn.icsk_inet.sk.__sk_common.skc_net.net;
	const struct inet_bind_bucket *bucket = tp->inet_conn.icsk_bind_hash;
	u16 port = bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport);

	if (tp->inet_conn.icsk_inet.sk.sk_max_ack_backlog)
		return WIRE_ROLE_SERVER;
	if (state_of(tp) == TCP_SYN_SENT ||
		(BPF_CORE_READ_BITFIELD(tp, inet_conn.icsk_inet.sk.sk_userlocks) &
			SOCK_BINDPORT_LOCK) ||
		(bucket && bucket->fastreuse == -1) || is_ephemeral(net, port))
		return WIRE_ROLE_CLIENT;
	return WIRE_ROLE_SERVER;
}

/*
 * The number of segments that the socket's request has sent: a server's SYN-ACK. segs_out does not
 * count it.
 */
static __always_inline u32 sent_by_request(u8 role)
{
	return role == WIRE_ROLE_SERVER;
}

/* Marks all segments that the socket has received as reported. */
static __always_inline void seen_skip_received(struct seen *seen, struct tcp_sock *tp)
{
	seen->received = tp->segs_in;
	seen->out_of_order = segments_out_of_order(tp);
	seen->spurious = segments_spurious(tp);
}

/* Converts the reset flags of a newcomer to the form of seen->resets. */
static __always_inline u32 newcomer_resets(u64 newcomer)
{
	u32 resets = 0;

	if (newcomer & NEWCOMER_RESET << WIRE_RESET_SENT)
		resets += SEEN_RESET(WIRE_RESET_SENT);
	if (newcomer & NEWCOMER_RESET << WIRE_RESET_RECEIVED)
		resets += SEEN_RESET(WIRE_RESET_RECEIVED);
	return resets;
}

/*
 * Initializes new storage. `newcomer` is the result of newcomer_take(). If `newcomer` is 0, the
 * socket may be older than the programs, and only the `own` segments of the current event are due.
 */
static __always_inline void seen_init(struct seen *seen, struct tcp_sock *tp, u64 newcomer, u32 own)
{
	bool reported = newcomer & NEWCOMER_REPORTED;
	union claims claims = {.role = role_of(tp)};
	u32 resets = newcomer_resets(newcomer);

	claims.retrans = newcomer ? (u32)(newcomer >> 32) : tp->total_retrans - own;
	claims.claimed = reported ? CLAIMED_REPORTED : CLAIMED_NONE;
	seen->sent = newcomer ? 0 - sent_by_request(claims.role) : segments_sent(tp);
	seen->bytes = newcomer && !reported ? 0 : tp->bytes_retrans;
	if (!newcomer)
		seen_skip_received(seen, tp);
	if (resets)
		__sync_fetch_and_add(&seen->resets, resets);
	/* The walk and another program may both initialize the storage. Only the first
	 * initialization has an effect. */
	__sync_val_compare_and_swap(&seen->claims.word, 0, claims.word);
}

/*
 * Initializes new storage of a connection that starts now. Marks as reported what a client's socket
 * has counted, and what a server's socket has counted as retransmitted. The caller gives the `role`,
 * because role_of() cannot find it before a client has a port.
 */
static __always_inline void seen_init_begun(
	struct sock *sk, struct seen *seen, struct tcp_sock *tp, u8 role)
{
	union claims claims = {.role = role};

	newcomer_take(newcomer_address(sk), true);
	claims.retrans = tp->total_retrans;
	seen->swept = tp->total_retrans;
	seen->bytes = tp->bytes_retrans;
	/* A server's socket is new. Nothing that it has received is reported yet, and nothing that it
	 * has sent: its request's SYN-ACK and, after a fast open, data. */
	seen->sent = 0 - tp->total_retrans - sent_by_request(role);
	if (role == WIRE_ROLE_CLIENT) {
		seen->sent = segments_sent(tp);
		seen_skip_received(seen, tp);
	}
	__sync_val_compare_and_swap(&seen->claims.word, 0, claims.word);
}

/*
 * Creates storage that is not initialized. Returns NULL without memory or at the limit
 * `sockets_max`.
 */
static __always_inline struct seen *seen_new(struct sock *sk)
{
	struct identity *identity = own_identity();
	struct seen *seen;

	if (!identity || identity->stored >= (int64_t)identity->sockets_max)
		return NULL;
	seen = bpf_sk_storage_get(&rexmit_sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (seen)
		__sync_fetch_and_add(&identity->stored, 1);
	return seen;
}

/*
 * Returns the socket's storage. Creates and initializes the storage if necessary. `seen` is the
 * result of seen_find(). `own` is as in seen_init(). Returns NULL if storage cannot be created.
 */
static __always_inline struct seen *seen_ensure(
	struct seen *seen, struct sock *sk, struct tcp_sock *tp, u32 own)
{
	if (seen && seen->claims.role)
		return seen;
	if (!seen)
		seen = seen_new(sk);
	if (seen)
		seen_init(seen, tp, newcomer_take(newcomer_address(sk), true), own);
	return seen;
}

#endif
