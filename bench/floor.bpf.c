/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * BPF programs that do the minimum of work. Their costs are lower bounds for rexmit's programs.
 */
#include "bpf/kernel.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/event.bpf.h"

SEC("tp_btf/tcp_retransmit_skb")
int floor_empty(u64 *ctx)
{
	(void)ctx;
	return 0;
}

/* Submits an empty record with the size of rexmit's. */
SEC("tp_btf/tcp_retransmit_skb")
int floor_ring(u64 *ctx)
{
	struct wire_event *e = event_reserve();

	(void)ctx;
	if (!e)
		return 0;
	*(u64 *)e = 0;
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
	return 0;
}

/* Gives storage to a connection when it starts. The cost of floor_exact() does not include this. */
SEC("tp_btf/inet_sock_set_state")
int floor_begin(u64 *ctx)
{
	if ((int)ctx[2] == TCP_SYN_SENT || (int)ctx[2] == TCP_ESTABLISHED)
		bpf_sk_storage_get(
			&rexmit_sockets, (struct sock *)ctx[0], 0, BPF_SK_STORAGE_GET_F_CREATE);
	return 0;
}

/*
 * Does the minimum of work for an exact event. The socket's storage has the number of segments
 * reported so far. The program reports the others with their peer. It omits causes, segments sent,
 * counters and error handling.
 */
SEC("tp_btf/tcp_retransmit_skb")
int floor_exact(u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct seen *seen = bpf_sk_storage_get(&rexmit_sockets, sk, 0, 0);
	struct wire_event *e;

	if (!tp || !seen || tp->total_retrans == seen->claims.retrans)
		return 0;
	e = event_reserve();
	if (!e)
		return 0;
	event_init(e, sending_ns(tp));
	e->segments = tp->total_retrans - seen->claims.retrans;
	seen->claims.retrans = tp->total_retrans;
	e->local_port = bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport);
	event_set_addresses(e, &tp->inet_conn.icsk_inet.sk.__sk_common);
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
	return 0;
}

/* Any program that runs at the start and the end of a connection costs at least as much. */
SEC("tp_btf/inet_sock_set_state")
int floor_state(u64 *ctx)
{
	(void)ctx;
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int floor_destroy(u64 *ctx)
{
	(void)ctx;
	return 0;
}

/*
 * Writes a record for each connection that ends, with its peer, owner and counts. Unlike rexmit, it
 * neither checks whether it saw the connection's start nor counts lost records.
 */
SEC("tp_btf/inet_sock_set_state")
int floor_end(u64 *ctx)
{
	struct tcp_sock *tp;
	struct wire_event *e;
	u64 cgroup;

	if ((int)ctx[2] != TCP_CLOSE)
		return 0;
	tp = bpf_skc_to_tcp_sock((void *)ctx[0]);
	if (!tp || (!tp->segs_out && !tp->segs_in))
		return 0;
	e = event_reserve();
	if (!e)
		return 0;
	event_init(e, sending_ns(tp));
	e->segments_sent = segments_sent(tp);
	e->segments_received = tp->segs_in;
	e->local_port = bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport);
	e->netns = netns_of(tp);
	e->uid = tp->inet_conn.icsk_inet.sk.sk_uid.val;
	socket_cgroup(tp, &cgroup);
	e->cgroup_id = cgroup;
	event_set_addresses(e, &tp->inet_conn.icsk_inet.sk.__sk_common);
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
