/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Programs that the collector runs: walks over sockets and tasks. The programs hold no socket
 * locks.
 */
#ifndef REXMIT_WALK_H
#define REXMIT_WALK_H

#include "claim.bpf.h"
#include "process.bpf.h"
#include "report.bpf.h"

/*
 * A newcomer of this age gets storage. `seconds` changes only at walks, so an age is the time
 * between two walks.
 */
#define STORAGE_AGE_S 10

/*
 * Whether the kernel refuses rexmit_sweep. If so, rexmit_files also does the work of rexmit_sweep.
 */
const volatile bool sweep_by_files = false;

uint64_t visited = 0; /* sockets with storage visited since the sweep started */

/*
 * Reports a socket's segments that are due, its deferred segments, and a record without
 * retransmissions.
 *
 * If the count has changed since the last sweep, this sweep reports no segments that are due. A
 * retransmission may be in progress, and only the program of that event knows the cause.
 */
static __always_inline int sweep_socket(struct tcp_sock *tp, struct seen *seen)
{
	union claims before = claims_first(seen);
	u32 total = tp->total_retrans, due = 0;

	if (!before.role)
		return 0;
	/* Segments of a closed socket are not claimed. If they were deferred here, there might be
	 * no later sweep to report them. */
	if (total == seen->swept && state_of(tp) != TCP_CLOSE)
		due = claim(seen, before, before.retrans, total);
	if (due)
		report(tp, seen, state_of(tp) == TCP_SYN_SENT ? WIRE_CAUSE_SYN : WIRE_CAUSE_UNKNOWN,
			due, 0);
	report_deferred(tp, seen, false);
	report_sent(tp, seen, false);
	if (total != seen->swept)
		seen->swept = total;
	return 0;
}

/* Visits the sockets that have storage, in every namespace. */
SEC("iter/bpf_sk_storage_map")
int rexmit_sweep(u64 *ctx)
{
	struct sock *sk = (void *)ctx[2]; /* struct bpf_iter__bpf_sk_storage_map */
	struct seen *seen = (void *)ctx[3];
	struct identity *identity;
	struct tcp_sock *tp;

	if (!sk || !seen) { /* the last call of a sweep */
		measure_time();
		identity = own_identity();
		if (identity)
			identity->stored = (int64_t)visited;
		visited = 0;
		return 0;
	}
	visited++;
	tp = bpf_skc_to_tcp_sock(sk);
	return tp ? sweep_socket(tp, seen) : 0;
}

/*
 * Creates storage for a connection and returns it. Returns NULL if it creates none. Three kinds of
 * connections get storage:
 *
 * - newcomers of STORAGE_AGE_S, so that the sweep reports what they send;
 * - connections older than the programs, so that their count is known before they retransmit;
 * - connections with retransmissions that no program saw.
 */
static __always_inline struct seen *store_connection(struct tcp_sock *tp)
{
	u64 address = newcomer_address(tp), newcomer;
	struct seen *seen;
	u8 state = state_of(tp);

	/* In SYN_RECV, a server's socket of a fast open is new, but has no entry yet. */
	if (state == TCP_CLOSE || state == TCP_LISTEN || state == TCP_SYN_RECV ||
		(newcomer_is_younger(address, STORAGE_AGE_S) && !tp->total_retrans))
		return NULL;
	seen = seen_new((void *)tp);
	if (!seen)
		return NULL;
	newcomer = newcomer_take(address, false);
	/* If newcomer_take() has left the entry, the next event initializes the storage. */
	if (!seen->claims.role && newcomer != NEWCOMER_REPORTED)
		seen_init(seen, tp, newcomer, 0);
	return seen;
}

/*
 * Returns the TCP socket of the file, or NULL. The type and the family are compared here, because
 * bpf_skc_to_tcp_sock() of some kernels, such as 6.12, compares only the protocol's number. With
 * CAP_NET_RAW, also in a user namespace, a process can make raw sockets with the number of TCP. Any
 * process can make sockets of AF_NETLINK with this number (NETLINK_XFRM). Both are smaller than a
 * tcp_sock, so the programs would read other objects of the kernel.
 */
static __always_inline struct tcp_sock *tcp_of_file(struct file *file)
{
	struct socket *socket = bpf_sock_from_file(file);
	struct sock *sk = socket && socket->type == SOCK_STREAM ? socket->sk : NULL;
	u16 family = sk ? sk->__sk_common.skc_family : 0;

	return family == AF_INET || family == AF_INET6 ? bpf_skc_to_tcp_sock(sk) : NULL;
}

/* Returns the number of the walk. It is not 0, and two walks in progress have two numbers. */
static __always_inline u32 walk_number(u64 *ctx)
{
	struct bpf_iter_meta *meta = (void *)ctx[0];

	return (u32)meta->session_id | 1U << 31;
}

/*
 * Visits the sockets that processes hold, in every network namespace. Kernel sockets and orphans are
 * not visited, because no process holds them. A connection is visited at its first descriptor only.
 * If it were visited at each, a process with many descriptors of a busy connection could fill half
 * of the ring, and sweep_socket() would claim the segments of events in progress.
 */
SEC("iter/task_file")
int rexmit_files(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[1]; /* struct bpf_iter__task_file */
	struct file *file = (void *)ctx[3];
	struct tcp_sock *tp;
	struct seen *seen;

	if (!task || !file) { /* the last call of a walk */
		measure_time();
		return 0;
	}
	tp = tcp_of_file(file);
	if (!tp)
		return 0;
	seen = bpf_sk_storage_get(&rexmit_sockets, tp, 0, 0);
	if (!seen)
		seen = store_connection(tp);
	if (state_of(tp) == TCP_LISTEN)
		process_listens(tp, task);
	if (!seen || seen->walk == walk_number(ctx))
		return 0;
	seen->walk = walk_number(ctx);
	if (state_of(tp) != TCP_LISTEN)
		process_holds(seen, task);
	return sweep_by_files ? sweep_socket(tp, seen) : 0;
}

#define ANCESTORS_MAX 128

/*
 * Finds the network namespace of the host's PID 1, an ancestor of every process. The collector runs
 * this program once, before it attaches the others. The collector may be in another PID namespace,
 * so the first task of the walk may be another PID 1. `real_parent` is the thread that created the
 * process, and `group_leader` is the first thread of its process.
 */
SEC("iter/task")
int rexmit_netns(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[1]; /* struct bpf_iter__task */
	int tgid;

	if (!task || host_netns)
		return 0;
	/* Plain accesses such as task->tgid would cost time in the verifier: see netns_of(). */
	tgid = BPF_CORE_READ(task, tgid);
	for (int i = 0; i < ANCESTORS_MAX && tgid > 1; i++) {
		task = BPF_CORE_READ(task, real_parent);
		tgid = BPF_CORE_READ(task, tgid);
	}
	if (tgid == 1)
		host_netns = BPF_CORE_READ(task, group_leader, nsproxy, net_ns, ns.inum);
	measure_time();
	return 0;
}

#endif
