/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Differences between kernels, and data that they hide. */
#ifndef REXMIT_QUIRKS_H
#define REXMIT_QUIRKS_H

/*
 * If a field exists on some kernels only, its offset must stay in the branch after the test. If
 * libbpf cannot find an offset, it makes it an invalid instruction ("invalid CO-RE relocation"),
 * which the verifier must not reach. barrier() keeps the branches apart. In a loop, clang
 * would compute both offsets before it, so such a read is in a separate function.
 */

/*
 * From 6.17 on, tcp_retransmit_skb has a third argument, the attempt's result, and also fires for
 * failed attempts. Distributions backport this. Older kernels have this prototype. libbpf compares
 * the number of parameters and makes the result a constant, so the verifier never sees a read of an
 * argument that does not exist ("func 'tcp_retransmit_skb' doesn't have 3-th argument").
 */
typedef void (*btf_trace_tcp_retransmit_skb)(
	void *data, const struct sock *sk, const struct sk_buff *skb);

static __always_inline int retransmit_error(u64 *ctx)
{
	return bpf_core_type_exists(btf_trace_tcp_retransmit_skb) ? 0 : (int)ctx[2];
}

/*
 * Points to the bytes of `field`. TCP_SKB_CB() overlays struct tcp_skb_cb on an array of char. BTF
 * allows byte loads from that array, at a tenth of the cost of a bpf_probe_read_kernel().
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

/* The condition under which tcp_output.c counts in TCPSynRetrans. */
static __always_inline bool skb_has_syn(struct sk_buff *skb)
{
	const volatile u8 *flags = SKB_CB_BYTES(skb, tcp_flags);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return flags[bpf_core_field_size(((struct tcp_skb_cb *)0)->tcp_flags) - 1] & TCPHDR_SYN;
#else
	return flags[0] & TCPHDR_SYN;
#endif
}

/* The condition that tcp_xmit_retransmit_queue() tests. */
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

/* Whether connect(2) would choose `port` in the network namespace `net`. */
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
