/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* How programs make a record: reserve space in the ring, fill the record, and submit it. */
#ifndef REXMIT_EVENT_H
#define REXMIT_EVENT_H

#include "cgroup.bpf.h"
#include "count.bpf.h"
#include "identity.h"
#include "protocol/wire.h"
#include "socket.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096); /* set by the collector */
} rexmit_ring SEC(".maps");

/*
 * An event wakes the collector if the collector waits for it (is_awaited()). It also does so if the
 * ring's fill level is in a small window that starts at `ring_wake_bytes`. A wakeup costs more than
 * the rest of an event, because it interrupts the CPU. The collector sets these constants.
 */
const volatile uint64_t ring_wake_bytes = 1024;
const volatile uint64_t ring_half_bytes = 2048;

/*
 * How long the host was suspended: CLOCK_BOOTTIME minus CLOCK_MONOTONIC. Each sweep measures this
 * time. After a suspend, a sweep runs within a second (collector/sweep_schedule.h).
 */
uint64_t suspended_ns = 0;

const volatile uint32_t jiffy_ns = 4000000; /* set by the collector */

static __always_inline void measure_time(void)
{
	u64 now_ns = bpf_ktime_get_ns();

	suspended_ns = bpf_ktime_get_boot_ns() - now_ns;
	seconds = (u32)(now_ns / 1000000000);
}

/*
 * CLOCK_BOOTTIME of the segment that the socket is sending. The kernel has just read the clock into
 * tcp_mstamp (tcp_mstamp_refresh()). Reading the clock again would take a sixth of an event's time.
 */
static __always_inline u64 sending_ns(struct tcp_sock *tp)
{
	return tp->tcp_mstamp * 1000 + suspended_ns;
}

/*
 * Reserves space for one event. Returns NULL if the ring is full. The caller must test the result
 * immediately and only once. If there is a second test, a verifier before 6.4 ("bpf: mark
 * PTR_TO_MEM as non-null register type") reports that the space is not released ("Unreleased
 * reference").
 */
static __always_inline struct wire_event *event_reserve(void)
{
	return bpf_ringbuf_reserve(&rexmit_ring, sizeof(struct wire_event), 0);
}

static __always_inline void event_init(struct wire_event *e, u64 boot_ns)
{
	__builtin_memset(e, 0, sizeof(*e));
	e->type = WIRE_EVENT;
	e->boot_ns = boot_ns;
}

/*
 * Whether this event must wake the collector, because the collector waits. Clears `awaited`.
 *
 * The collector sets `awaited` and then checks for records (collector/lookout.h). A BPF program
 * reserves a record and then reads `awaited`. Each side has a full barrier between its two steps,
 * so at least one side sees the write of the other (docs/exactness.md). Here the barrier is an
 * exchange on the stack. An atomic operation that returns a value is a full barrier on every
 * architecture (Documentation/atomic_t.txt).
 *
 * If another program interrupts this one before the wakeup, the other program's records wait until
 * this program continues.
 */
static __always_inline bool is_awaited(void)
{
	u32 barrier_word = 0;
	struct identity *identity = own_identity();

	__sync_lock_test_and_set(&barrier_word, 0);
	return identity && identity->awaited && __sync_lock_test_and_set(&identity->awaited, 0);
}

/* `used` is the ring's fill level, with or without this record. */
static __always_inline void event_submit_at(struct wire_event *e, u64 used)
{
	u64 window = 16 * (sizeof(*e) + 8); /* 16 records with their headers */
	bool in_window = used >= ring_wake_bytes && used < ring_wake_bytes + window;

	bpf_ringbuf_submit(e, in_window || is_awaited() ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

static __always_inline void event_submit(struct wire_event *e)
{
	event_submit_at(e, bpf_ringbuf_query(&rexmit_ring, BPF_RB_AVAIL_DATA));
}

/* The verifier allows 64-bit loads here, because the address is an array of integers in BTF. */
static __always_inline void copy_v6(uint8_t *to, const struct in6_addr *from)
{
	const u64 *halves = (const void *)from;

	*(u64 *)to = halves[0];
	*(u64 *)(to + 8) = halves[1];
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
 * Sets the addresses, the remote port and the IP version. An IPv6 socket has IPv4 addresses in
 * v4-mapped form. After a disconnect or during a connect, the two addresses may have different
 * versions (inet_reset_saddr(), tcp_v6_connect()). The protocol does not allow two versions, so the
 * record gets the local address 0.0.0.0 or ::.
 */
static __always_inline void event_set_addresses(
	struct wire_event *e, const struct sock_common *common)
{
	e->remote_port = bpf_ntohs(common->skc_dport);
	if (common->skc_family == AF_INET6 && bpf_core_field_exists(common->skc_v6_daddr)) {
		copy_v6(e->local_addr, &common->skc_v6_rcv_saddr);
		copy_v6(e->remote_addr, &common->skc_v6_daddr);
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
 * Stores the path of the cgroup, unless this CPU already found it stored in the same `minute`.
 * Returns whether the path is stored.
 */
static __always_inline bool cgroup_store_path(struct cgroup *cgroup, u64 id, u8 minute)
{
	u32 key = 0;
	u64 *last = bpf_map_lookup_elem(&rexmit_cgroup, &key), word = id << 8 | minute;

	if (last && *last == word)
		return true;
	if (!cgroup_remember((u64)BPF_CORE_READ(cgroup, kn), id))
		return false;
	if (last)
		*last = word;
	return true;
}

/* Returns the socket's cgroup and sets `*id`. If the cgroup is unknown, returns NULL and sets 0. */
static __always_inline struct cgroup *socket_cgroup(struct tcp_sock *tp, u64 *id)
{
	struct cgroup *cgroup;

	if (bpf_core_field_exists(tp->inet_conn.icsk_inet.sk.sk_cgrp_data.cgroup)) {
		barrier();
		cgroup = tp->inet_conn.icsk_inet.sk.sk_cgrp_data.cgroup;
		*id = cgroup->kn->id;
		return cgroup;
	}
	barrier();
	cgroup = cgroup_of_word(tp);
	*id = cgroup ? kernfs_id(BPF_CORE_READ(cgroup, kn)) : 0;
	return cgroup;
}

/*
 * Sets the network namespace, the user and the cgroup, and stores the cgroup's path if necessary.
 *
 * `named` is the minute in which the path was last checked, or 0. Returns the new value for
 * `named`. The path is checked every two minutes, because the map evicts paths that are not used.
 */
static __always_inline u8 event_set_socket(struct wire_event *e, struct tcp_sock *tp, u8 named)
{
	u8 now = (u8)(e->boot_ns >> 36) | 1; /* odd, so never 0; changes every 137 s */
	u64 id;
	struct cgroup *cgroup = socket_cgroup(tp, &id);

	e->netns = netns_of(tp);
	e->uid = tp->inet_conn.icsk_inet.sk.sk_uid.val;
	e->cgroup_id = id;
	if (id && named != now)
		return cgroup_store_path(cgroup, id, now) ? now : 0;
	return named;
}

/*
 * Raises a reported count from `before` to `now`, the socket's count. Returns the difference, or 0
 * if another program raises the count at the same time. The caller must load `before` first, then
 * `now`. A reported count never decreases, although a disconnect sets the socket's counts to 0
 * (tcp_disconnect()).
 */
static __always_inline u32 advance(u32 *reported, u32 before, u32 now)
{
	if ((s32)(now - before) <= 0 ||
		__sync_val_compare_and_swap(reported, before, now) != before)
		return 0;
	return now - before;
}

static __always_inline u32 advance_sent(struct tcp_sock *tp, struct seen *seen, bool locked)
{
	u32 before = load_first(&seen->sent, locked);

	return advance(&seen->sent, before, before + sent_since(tp, seen, before));
}

static __always_inline u64 advance_bytes(struct tcp_sock *tp, struct seen *seen, bool locked)
{
	/* like load_first(), but with 64 bits */
	u64 before = locked ? seen->bytes : __sync_fetch_and_or(&seen->bytes, 0);
	u64 now = tp->bytes_retrans;

	if ((int64_t)(now - before) <= 0 ||
		__sync_val_compare_and_swap(&seen->bytes, before, now) != before)
		return 0;
	return now - before;
}

/*
 * The sweep has no socket lock, so the socket's memory may become another socket meanwhile. Even in
 * this case the record must have only values that the protocol allows.
 */
static __always_inline void event_describe(struct wire_event *e, struct tcp_sock *tp, u8 role)
{
	u8 state = state_of(tp);

	e->tcp_state = state ? state : TCP_CLOSE;
	e->role = role ? role : WIRE_ROLE_CLIENT;
	e->local_port = bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport);
	e->srtt_us = tp->srtt_us >> 3; /* the kernel stores 8 times the value (tcp_input.c) */
	event_set_addresses(e, &tp->inet_conn.icsk_inet.sk.__sk_common);
}

static __always_inline void event_set_resets(struct wire_event *e, u32 resets)
{
	e->resets_sent = (u16)resets;
	e->resets_received = (u16)(resets >> 16);
}

/* Moves into the record the counts that every kind of record has. */
static __always_inline void event_fill(struct wire_event *e, struct tcp_sock *tp, struct seen *seen,
	u8 cause, u32 segments, bool locked)
{
	e->cause = cause;
	e->segments = segments;
	e->process = seen->process;
	e->bytes = advance_bytes(tp, seen, locked);
	e->segments_sent = advance_sent(tp, seen, locked);
	if (segments && seen->claims.claimed == CLAIMED_FIRST) {
		seen->claims.claimed = CLAIMED_REPORTED;
		e->flags = WIRE_EVENT_FIRST;
	}
	if (seen->resets)
		event_set_resets(e, __sync_lock_test_and_set(&seen->resets, 0));
}

/* `stall` is a sum of results of stall_timer(). */
static __always_inline void event_set_stall(struct wire_event *e, u64 stall)
{
	e->timers = (u32)(stall >> 32);
	e->stall_us = (u64)(u32)stall * jiffy_ns / 1000;
}

/* `ended` is a value of seen->ended. */
static __always_inline void event_set_ended(struct wire_event *e, u32 ended)
{
	if (ended < ENDED_DUE)
		return;
	e->flags |= WIRE_EVENT_ENDED;
	e->timed_out = (ended - ENDED_DUE) % WIRE_PHASES;
}

/* Moves into the record the counts that only records with cause NONE have. */
static __always_inline void event_fill_rest(
	struct wire_event *e, struct tcp_sock *tp, struct seen *seen, bool locked)
{
	u32 received = load_first(&seen->received, locked);
	u32 out_of_order = load_first(&seen->out_of_order, locked);
	u32 spurious = load_first(&seen->spurious, locked);
	u32 ended = seen->ended;

	e->segments_received = advance(&seen->received, received, tp->segs_in);
	e->segments_out_of_order =
		advance(&seen->out_of_order, out_of_order, segments_out_of_order(tp));
	e->segments_spurious = advance(&seen->spurious, spurious, segments_spurious(tp));
	if (seen->stall)
		event_set_stall(e, __sync_lock_test_and_set(&seen->stall, 0));
	/* The exchange fails if begin_again() has started another connection of the socket. */
	if (ended >= ENDED_DUE &&
		__sync_val_compare_and_swap(&seen->ended, ended, ENDED_REPORTED) == ended)
		event_set_ended(e, ended);
}

#endif
