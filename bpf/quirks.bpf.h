/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Handles differences between kernels, and reads data whose type BTF does not show. */
#ifndef REXMIT_QUIRKS_H
#define REXMIT_QUIRKS_H

/*
 * If a field exists only on some kernels, a program must test for the field before it uses the
 * offset. If libbpf cannot find an offset, it makes the instruction invalid ("invalid CO-RE
 * relocation"). The verifier must not reach this instruction. barrier() keeps clang from moving the
 * instruction out of its branch. clang would also move it out of a loop, so a function that a loop
 * calls is not inlined.
 */

/*
 * From 6.17 on, tcp_retransmit_skb has a third argument, the attempt's result, and also fires for
 * failed attempts. Distributions backport this change. Older kernels have the prototype below.
 * libbpf compares the number of parameters and replaces the test by a constant. Therefore the
 * verifier does not see the read of a missing argument ("func 'tcp_retransmit_skb' doesn't have
 * 3-th argument").
 */
typedef void (*btf_trace_tcp_retransmit_skb)(
	void *data, const struct sock *sk, const struct sk_buff *skb);

static __always_inline int retransmit_error(u64 *ctx)
{
	return bpf_core_type_exists(btf_trace_tcp_retransmit_skb) ? 0 : (int)ctx[2];
}

/*
 * The address of the bytes of `field`. In the kernel, TCP_SKB_CB() converts an array of char to
 * struct tcp_skb_cb. BTF allows byte loads from that array, and ten of them cost as much as one
 * bpf_probe_read_kernel().
 */
#define SKB_CB_BYTES(skb, field)                                                                   \
	((const volatile u8 *)((void *)(skb) + bpf_core_field_offset((skb)->cb) +                  \
			       bpf_core_field_offset(struct tcp_skb_cb, field)))

static __always_inline u32 skb_segments(struct sk_buff *skb)
{
	const volatile u8 *segments = SKB_CB_BYTES(skb, tcp_gso_segs);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return (u32)segments[0] << 8 | segments[1];
#else
	return segments[0] | (u32)segments[1] << 8;
#endif
}

/* Whether the segment has the SYN flag. tcp_output.c counts such segments in TCPSynRetrans. */
static __always_inline bool skb_has_syn(struct sk_buff *skb)
{
	const volatile u8 *flags = SKB_CB_BYTES(skb, tcp_flags);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return flags[bpf_core_field_size(((struct tcp_skb_cb *)0)->tcp_flags) - 1] & TCPHDR_SYN;
#else
	return flags[0] & TCPHDR_SYN;
#endif
}

/* Whether the segment is marked lost. tcp_xmit_retransmit_queue() has the same condition. */
static __always_inline bool skb_is_lost(struct sk_buff *skb)
{
	return (*SKB_CB_BYTES(skb, sacked) & TCPCB_TAGBITS) == TCPCB_LOST;
}

static __noinline struct kernfs_node *kernfs_parent(struct kernfs_node *node)
{
	if (bpf_core_field_exists(node->__parent)) {
		barrier();
		return BPF_CORE_READ(node, __parent);
	}
	barrier();
	return BPF_CORE_READ(node, parent);
}

/*
 * Before 5.5 (commit 67c0496e87d1, "kernfs: convert kernfs_node->id from union kernfs_node_id to
 * u64") the id is a member of a union.
 */
static __always_inline u64 kernfs_id(const struct kernfs_node *node)
{
	const struct kernfs_node___union *old = (const void *)node;

	if (bpf_core_field_exists(old->id.id)) {
		barrier();
		return BPF_CORE_READ(old, id.id);
	}
	barrier();
	return BPF_CORE_READ(node, id);
}

/*
 * Returns the cgroup of a socket on kernels before 5.15 (commit 8520e224f547, "bpf, cgroups: Fix
 * cgroup v2 fallback on v1/v2 mixed mode"), or NULL if the cgroup is unknown. These kernels store
 * one word. If one of the two low bits is set, the word is data of cgroup v1. Otherwise it is a
 * pointer to the cgroup (sock_cgroup_ptr()).
 */
static __always_inline struct cgroup *cgroup_of_word(struct tcp_sock *tp)
{
	u64 word;

	if (!bpf_core_field_exists(tp->inet_conn.icsk_inet.sk.sk_cgrp_data.val))
		return NULL;
	barrier();
	word = BPF_CORE_READ(tp, inet_conn.icsk_inet.sk.sk_cgrp_data.val);
	return word & 3 ? NULL : (struct cgroup *)word;
}

/*
 * Segments that arrived out of order; 0 before 5.4 (commit f9af2dbbfe01, "tcp: Add TCP_INFO counter
 * for packets received out-of-order").
 */
static __always_inline u32 segments_out_of_order(struct tcp_sock *tp)
{
	if (!bpf_core_field_exists(tp->rcv_ooopack))
		return 0;
	barrier();
	return tp->rcv_ooopack;
}

/* Whether connect(2) in the network namespace `net` may choose `port`. */
static __always_inline bool is_ephemeral(struct net *net, u16 port)
{
	struct net___ints *old = (void *)net;

	if (bpf_core_field_exists(old->ipv4.ip_local_ports.range[1])) {
		barrier();
		return port >= BPF_CORE_READ(old, ipv4.ip_local_ports.range[0]) &&
		       port <= BPF_CORE_READ(old, ipv4.ip_local_ports.range[1]);
	}
	barrier();

	u32 range = BPF_CORE_READ(net, ipv4.ip_local_ports.range);

	return port >= (range & 0xffff) && port <= range >> 16;
}

#endif
