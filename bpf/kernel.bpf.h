/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The members of the kernel's types that the programs read.
 *
 * CO-RE adjusts every access to the layout of the running kernel (libbpf, "BPF CO-RE reference
 * guide"). Only the names and types of members matter here, so the build needs no kernel's BTF.
 *
 * For each type at which an access starts, libbpf searches all types of the kernel. Each search
 * takes most of a millisecond. Accesses to a socket therefore start at its tcp_sock.
 */
#ifndef REXMIT_KERNEL_H
#define REXMIT_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t __u8;
typedef uint16_t __u16;
typedef uint32_t __u32;
typedef uint64_t __u64;
typedef int32_t __s32;
typedef int64_t __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;

enum {
	/* include/linux/socket.h */
	AF_INET = 2,
	AF_INET6 = 10,
	/* include/linux/net.h */
	SOCK_STREAM = 1,
	/* include/net/tcp_states.h */
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT = 2,
	TCP_SYN_RECV = 3,
	TCP_FIN_WAIT1 = 4,
	TCP_FIN_WAIT2 = 5,
	TCP_CLOSE = 7,
	TCP_CLOSE_WAIT = 8,
	TCP_LISTEN = 10,
	/* include/net/sock.h */
	SOCK_DEAD = 0,
	SOCK_DONE = 1,
	RCV_SHUTDOWN = 1,
	SOCK_BINDPORT_LOCK = 8,
	/* include/uapi/linux/tcp.h */
	TCP_CA_Loss = 4,
	/* include/net/inet_connection_sock.h */
	ICSK_TIME_LOSS_PROBE = 5,
	/* include/net/tcp.h */
	TCPHDR_SYN = 0x02,
	TCPCB_LOST = 0x04,
	TCPCB_TAGBITS = 0x07, /* marks: acknowledged by SACK, retransmitted, lost */
};

/* include/uapi/asm-generic/errno.h */
#define ETIMEDOUT 110

/* include/uapi/linux/bpf.h */
enum {
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_SK_STORAGE = 24,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_ANY = 0,
	BPF_F_NO_PREALLOC = 1U << 0,
	BPF_F_MMAPABLE = 1U << 10,
	BPF_SK_STORAGE_GET_F_CREATE = 1U << 0,
	BPF_RB_NO_WAKEUP = 1U << 0,
	BPF_RB_FORCE_WAKEUP = 1U << 1,
	BPF_RB_AVAIL_DATA = 0,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct in6_addr {
	u8 bytes[16]; /* read by copy_v6() */
};

struct ns_common {
	unsigned int inum;
};

struct local_ports {
	u32 range; /* high << 16 | low; since 6.8 (commit d9f28735af87) */
};

struct netns_ipv4 {
	struct local_ports ip_local_ports;
};

struct net {
	struct ns_common ns;
	struct netns_ipv4 ipv4;
};

/* Before 6.8 the range is two ints. */
struct local_ports___ints {
	int range[2];
};

struct netns_ipv4___ints {
	struct local_ports___ints ip_local_ports;
};

struct net___ints {
	struct netns_ipv4___ints ipv4;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	unsigned long skc_flags;
};

struct kernfs_node {
	struct kernfs_node *parent;
	struct kernfs_node *__parent; /* name of `parent` since 6.15 (commit 633488947ef6) */
	const char *name;
	u64 id;
};

/* The type before 5.5. See kernfs_id() in quirks.bpf.h. */
struct kernfs_node___union {
	union {
		u64 id;
	} id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
	u64 val; /* before 5.15: cgroup_of_word() in quirks.bpf.h */
};

struct bpf_local_storage;

typedef struct {
	u32 val;
} kuid_t;

struct sock {
	struct sock_common __sk_common;
	struct bpf_local_storage *sk_bpf_storage;
	int sk_err;
	int sk_err_soft;
	u32 sk_max_ack_backlog;
	u8 sk_userlocks : 4;
	u8 sk_kern_sock : 1;
	kuid_t sk_uid;
	struct sock_cgroup_data sk_cgrp_data;
	u8 sk_shutdown;
};

struct bpf_iter_meta {
	u64 session_id;
};

struct socket {
	short type;
	struct sock *sk;
};

struct inet_sock {
	struct sock sk;
	__be16 inet_sport;
};

struct inet_bind_bucket {
	signed char fastreuse;
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	struct inet_bind_bucket *icsk_bind_hash;
	__u8 icsk_ca_state : 5;
	__u8 icsk_pending;
	__u8 icsk_probes_out;
	__u32 icsk_rto; /* in jiffies */
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	u32 total_retrans;
	u64 bytes_retrans;
	u32 segs_in;
	u32 segs_out;
	u64 tcp_mstamp;
	u32 srtt_us;
	u32 rcv_ooopack;
	u32 dsack_dups;
};

struct tcp_skb_cb {
	u16 tcp_gso_segs;
	__u8 tcp_flags; /* 16 bits in recent kernels */
	__u8 sacked;
};

struct net_device {
	possible_net_t nd_net;
};

struct sk_buff {
	struct net_device *dev;
	unsigned int len;
	char cb[48];
};

struct nsproxy {
	struct net *net_ns;
};

struct task_struct {
	int tgid; /* in the initial PID namespace */
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct nsproxy *nsproxy;
	char comm[16];
};

#pragma clang attribute pop

#endif
