/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Where segments go once they are claimed: a record in the ring, the socket's storage, the ledger. */
#ifndef REXMIT_REPORT_H
#define REXMIT_REPORT_H

#include "cgroup.h"
#include "counters.h"
#include "identity.h"
#include "socket.h"
#include "wire.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096); /* set by the collector */
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* one a CPU, set by the collector */
	__type(key, u32);
	__type(value, struct counters);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct identity);
} identity SEC(".maps");

/* Bytes in the ring from which the collector is woken. An interrupt to oneself costs more than the
 * rest of an event, so it is done while the fill level passes a window, not above it. */
const volatile uint64_t ring_wake_bytes = 1024;
const volatile uint64_t ring_half_bytes = 2048;

uint32_t host_netns = 0; /* found by find_host_netns() */

static __always_inline struct counters *own_counters(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&counters, &cpu);
}

static __always_inline void count(u64 *counter, u64 n)
{
	__sync_fetch_and_add(counter, n);
}

static __always_inline void count_failure(int err)
{
	struct counters *c = own_counters();
	u32 index = (u32)-err;

	if (!c)
		return;
	if (index >= COUNTERS_ERRNOS)
		index = 0; /* a queueing discipline's NET_XMIT_DROP, which is positive */
	count(&c->failures[index], 1);
}

static __always_inline u32 netns_of(const struct sock_common *common)
{
	return common->skc_net.net->ns.inum;
}

static __always_inline void count_segments(u32 netns, u8 cause, u32 segments)
{
	struct counters *c = own_counters();

	if (c && cause < WIRE_CAUSES)
		count(&c->segments[netns == host_netns ? WIRE_SCOPE_HOST : WIRE_SCOPE_OTHER][cause],
			segments);
}

static __always_inline void count_unattributed(struct sock *sk, u8 cause, u32 segments)
{
	struct counters *c = own_counters();

	count_segments(netns_of(&sk->__sk_common), cause, segments);
	if (c && cause < WIRE_CAUSES)
		count(&c->unattributed[cause], segments);
}

/*
 * Room for one event, NULL if the ring is full. A caller tests the result once, and nothing in
 * between: before 6.4 ("bpf: mark PTR_TO_MEM as non-null register type") the verifier follows both
 * branches of a second test, and finds the reservation leaked in one ("Unreleased reference").
 */
static __always_inline struct wire_event *event_reserve(void)
{
	return bpf_ringbuf_reserve(&ring, sizeof(struct wire_event), 0);
}

static __always_inline void event_init(struct wire_event *e)
{
	__builtin_memset(e, 0, sizeof(*e));
	e->type = WIRE_EVENT;
	e->boot_ns = bpf_ktime_get_boot_ns();
}

static __always_inline void count_deferral(void)
{
	struct counters *c = own_counters();

	if (c)
		count(&c->deferrals, 1);
}

static __always_inline void event_submit(struct wire_event *e)
{
	u64 used = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	bool wake = used >= ring_wake_bytes && used < ring_wake_bytes + 16 * (sizeof(*e) + 8);

	bpf_ringbuf_submit(e, wake ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

static __always_inline void map_v4(uint8_t *to, __be32 from)
{
	*(u32 *)(to + 8) = bpf_htonl(0xffff);
	*(u32 *)(to + 12) = from;
}

static __always_inline bool is_v4_mapped(const uint8_t *address)
{
	return *(u64 *)address == 0 && *(u32 *)(address + 8) == bpf_htonl(0xffff);
}

/*
 * Addresses, remote port and version. A dual-stack socket holds IPv4 addresses v4-mapped; but one
 * that was disconnected, or is being connected, may have a local address of the other version
 * (inet_reset_saddr(), tcp_v6_connect()), which the protocol does not know: that is "any" then.
 */
static __always_inline void event_set_addresses(
	struct wire_event *e, const struct sock_common *common)
{
	e->remote_port = bpf_ntohs(common->skc_dport);
	if (common->skc_family == AF_INET6 && bpf_core_field_exists(common->skc_v6_daddr)) {
		BPF_CORE_READ_INTO(&e->local_addr, common, skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&e->remote_addr, common, skc_v6_daddr);
	} else {
		map_v4(e->local_addr, common->skc_rcv_saddr);
		map_v4(e->remote_addr, common->skc_daddr);
	}
	e->ip_version = is_v4_mapped(e->remote_addr) ? 4 : 6;
	if (is_v4_mapped(e->local_addr) == is_v4_mapped(e->remote_addr))
		return;
	__builtin_memset(e->local_addr, 0, sizeof(e->local_addr));
	if (e->ip_version == 4)
		map_v4(e->local_addr, 0);
}

/*
 * Returns when the path of the socket's cgroup was last seen to be kept, 0 for never; `named` is what
 * that was before. One look will do for a minute. It is repeated, because paths that nobody looks at
 * make room for others, and a connection may outlive the path that it was seen with.
 */
static __always_inline u32 event_set_socket(struct wire_event *e, const struct sock *sk, u32 named)
{
	u32 now = (u32)(e->boot_ns >> 30); /* seconds, nearly */

	e->netns = netns_of(&sk->__sk_common);
	if (bpf_core_field_exists(sk->sk_cgrp_data)) {
		struct cgroup *cgroup = sk->sk_cgrp_data.cgroup;

		e->cgroup_id = cgroup->kn->id;
		if (e->cgroup_id && (!named || now - named >= 60))
			return cgroup_remember((u64)BPF_CORE_READ(cgroup, kn), e->cgroup_id) ? now
											     : 0;
	}
	return named;
}

/*
 * Moves *seen up to `now` and returns by how much; 0 if the sweep is doing so at this moment. Never
 * moves back: a disconnect zeroes the socket's counts (tcp_disconnect()), and the sweep, without
 * the socket's lock, may see one of two counts moved and not the other.
 */
static __always_inline u32 advance32(u32 *seen, u32 now)
{
	u32 before = *seen;

	if ((s32)(now - before) <= 0)
		return 0;
	return __sync_val_compare_and_swap(seen, before, now) == before ? now - before : 0;
}

static __always_inline u64 advance64(u64 *seen, u64 now)
{
	u64 before = *seen;

	if ((int64_t)(now - before) <= 0)
		return 0;
	return __sync_val_compare_and_swap(seen, before, now) == before ? now - before : 0;
}

static __always_inline void event_fill(
	struct wire_event *e, struct tcp_sock *tp, struct seen *seen, u8 cause, u32 segments)
{
	struct inet_sock *inet = &tp->inet_conn.icsk_inet;

	e->cause = cause;
	e->tcp_state = inet->sk.__sk_common.skc_state;
	e->role = seen->role;
	e->local_port = bpf_ntohs(inet->inet_sport);
	e->segments = segments;
	e->bytes = advance64(&seen->bytes, tp->bytes_retrans);
	e->segments_sent = advance32(&seen->sent, segments_sent(tp));
	e->srtt_us = tp->srtt_us >> 3; /* kept times 8, net/ipv4/tcp_input.c */
	if (segments && !seen->reported) {
		seen->reported = 1;
		e->flags = WIRE_EVENT_FIRST;
	}
	event_set_addresses(e, &inet->sk.__sk_common);
	seen->named = event_set_socket(e, &inet->sk, seen->named);
}

/* Reports `segments` that were just claimed, or puts them off if the ring is full. */
static __noinline int report(struct tcp_sock *tp, struct seen *seen, u8 cause, u32 segments)
{
	struct wire_event *e;
	struct counters *c;

	cause %= WIRE_CAUSES;
	count_segments(netns_of(&tp->inet_conn.icsk_inet.sk.__sk_common), cause, segments);
	e = event_reserve();
	if (e) {
		event_init(e);
		event_fill(e, tp, seen, cause, segments);
		event_submit(e);
		return 0;
	}
	count_deferral();
	__sync_fetch_and_add(&seen->pending[cause], segments);
	seen->deferred = 1;
	c = own_counters();
	if (c)
		count(&c->deferred, segments);
	return 0;
}

/* Takes what is put off for `cause` out of the storage. */
static __always_inline u32 catch_up(struct seen *seen, u32 cause)
{
	u32 segments = __sync_lock_test_and_set(&seen->pending[cause % WIRE_CAUSES], 0);
	struct counters *c = own_counters();

	if (c)
		count(&c->caught_up, segments);
	return segments;
}

/* Reports what was put off, as far as the ring has room. */
static __noinline int report_deferred(struct tcp_sock *tp, struct seen *seen)
{
	seen->deferred = 0;
	for (u32 cause = 1; cause < WIRE_CAUSES; cause++) {
		struct wire_event *e;
		u32 segments;

		if (!seen->pending[cause])
			continue;
		e = event_reserve();
		if (!e) {
			count_deferral();
			seen->deferred = 1;
			return 0;
		}
		segments = catch_up(seen, cause);
		if (!segments) { /* the sweep was faster */
			bpf_ringbuf_discard(e, BPF_RB_NO_WAKEUP);
			continue;
		}
		event_init(e);
		event_fill(e, tp, seen, (u8)cause, segments);
		event_submit(e);
	}
	return 0;
}

/* The socket ends and the ring is still full: the segments stay counted, their peer is lost. */
static __noinline int give_up_deferred(struct seen *seen)
{
	struct counters *c = own_counters();

	for (u32 cause = 1; cause < WIRE_CAUSES; cause++) {
		u32 segments = seen->pending[cause] ? catch_up(seen, cause) : 0;

		if (c && segments)
			count(&c->unattributed[cause], segments);
	}
	seen->deferred = 0;
	return 0;
}

/*
 * Reports what the socket has sent since its last record, without a retransmission: for the
 * denominator of the ratio. Only into a ring that is half empty, to take no room from losses; what
 * is not reported now is part of the socket's next record.
 */
static __noinline int report_sent(struct tcp_sock *tp, struct seen *seen)
{
	struct wire_event *e;

	if (segments_sent(tp) == seen->sent ||
		bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) > ring_half_bytes)
		return 0;
	e = event_reserve();
	if (!e)
		return 0;
	event_init(e);
	event_fill(e, tp, seen, WIRE_CAUSE_NONE, 0);
	event_submit(e);
	return 0;
}

/* The socket ends, and what it has sent was not all reported. */
static __always_inline void give_up_sent(struct tcp_sock *tp, struct seen *seen)
{
	u32 sent = advance32(&seen->sent, segments_sent(tp));
	struct counters *c = own_counters();

	if (c && sent)
		count(&c->sent_unattributed, sent);
}

/*
 * A retransmitted SYN-ACK: the kernel keeps no count of it but in RetransSegs, and there is no
 * socket yet whose storage could carry it over a full ring.
 */
static __always_inline void report_synack(struct sock *listener, struct request_sock *req)
{
	struct sock_common *common = &req->__req_common;
	struct wire_event *e = event_reserve();

	if (!e) {
		count_deferral();
		count_unattributed(listener, WIRE_CAUSE_SYNACK, 1);
		return;
	}
	event_init(e);
	count_segments(netns_of(&listener->__sk_common), WIRE_CAUSE_SYNACK, 1);
	e->cause = WIRE_CAUSE_SYNACK;
	e->tcp_state = common->skc_state;
	e->role = WIRE_ROLE_SERVER;
	e->local_port = common->skc_num;
	e->segments = 1;
	e->segments_sent = 1; /* __tcp_make_synack() counts each in OutSegs */
	event_set_addresses(e, common);
	event_set_socket(e, listener, 0);
	event_submit(e);
}

#endif
