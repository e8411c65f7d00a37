/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* One record of the ring: reserved, filled from the socket, submitted. */
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
 * Fill level of the ring at which the collector is woken. Interrupting the own CPU costs more than
 * the rest of an event, so it is done while the level passes a window, not above it.
 */
const volatile uint64_t ring_wake_bytes = 1024;
const volatile uint64_t ring_half_bytes = 2048;

/*
 * CLOCK_BOOTTIME minus CLOCK_MONOTONIC, the time that the host slept, as of the last sweep. That
 * sweep is within a second of a resume (collector/sweep_schedule.h).
 */
uint64_t slept_ns = 0;

const volatile uint32_t jiffy_ns = 4000000; /* set by the collector */

static __always_inline void measure_time(void)
{
	u64 now_ns = bpf_ktime_get_ns();

	slept_ns = bpf_ktime_get_boot_ns() - now_ns;
	seconds = (u32)(now_ns / 1000000000);
}

/*
 * CLOCK_BOOTTIME of what the socket is sending. tcp_output.c, and the timers and acknowledgements
 * that call it, have just read the clock (tcp_mstamp_refresh()). Reading it again is a sixth of an
 * event's cost, because it waits for every load before it.
 */
static __always_inline u64 sending_ns(struct tcp_sock *tp)
{
	return tp->tcp_mstamp * 1000 + slept_ns;
}

/*
 * Reserves room for one event; NULL if the ring is full. The caller must test the result exactly
 * once, immediately. Before 6.4 ("bpf: mark PTR_TO_MEM as non-null register type") the verifier
 * follows both branches of a second test, and reports a leak in one ("Unreleased reference").
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
 * Whether the collector waits for an event, and this event must wake it.
 *
 * The collector sets the word and then checks for records (collector/lookout.h). A BPF program
 * reserves a record and then reads the word. Each side has a full barrier between its two steps, so
 * at least one of them sees what the other has written (docs/exactness.md). Here the barrier is the
 * exchange on the stack: an atomic operation that returns a value is a full barrier on every
 * architecture (Documentation/atomic_t.txt). It costs little, because bpf_ringbuf_submit() would
 * wait for the same stores.
 *
 * A program that is interrupted after it has cleared the word delays the records that follow, until
 * it submits its own and wakes the collector.
 */
static __always_inline bool is_awaited(void)
{
	u32 nothing = 0;
	struct identity *words = own_identity();

	__sync_lock_test_and_set(&nothing, 0);
	return words && words->awaited && __sync_lock_test_and_set(&words->awaited, 0);
}

/* `used` is the fill level of the ring, just before or after the record was reserved. */
static __always_inline void event_submit_at(struct wire_event *e, u64 used)
{
	bool fills = used >= ring_wake_bytes && used < ring_wake_bytes + 16 * (sizeof(*e) + 8);

	bpf_ringbuf_submit(e, fills || is_awaited() ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

static __always_inline void event_submit(struct wire_event *e)
{
	event_submit_at(e, bpf_ringbuf_query(&rexmit_ring, BPF_RB_AVAIL_DATA));
}

/* BTF allows loads of any width from an array of integers: cheaper than bpf_probe_read_kernel(). */
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
 * Addresses, remote port and version. A dual-stack socket holds IPv4 addresses v4-mapped. But after
 * a disconnect or during a connect, its local address may be of the other version
 * (inet_reset_saddr(), tcp_v6_connect()). The protocol does not allow that, so the record then says
 * "any".
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
 * Stores the path of the cgroup, unless this CPU did so in this minute. Returns whether it is
 * stored.
 */
static __always_inline bool cgroup_is_kept(struct cgroup *cgroup, u64 id, u8 minute)
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

/* Writes the id of the socket's cgroup to `id`. NULL and 0 if the cgroup is not known. */
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
 * Returns when the path of the socket's cgroup was last found stored, in minutes; 0: never. `named`
 * is the previous value. One check is valid for two minutes. It is repeated because unused paths
 * are evicted, and a connection may outlive the path that it was seen with.
 */
static __always_inline u8 event_set_socket(struct wire_event *e, struct tcp_sock *tp, u8 named)
{
	u8 now = (u8)(e->boot_ns >> 36) | 1; /* minutes, approximately; never 0 */
	u64 id;
	struct cgroup *cgroup = socket_cgroup(tp, &id);

	e->netns = netns_of(tp);
	e->uid = tp->inet_conn.icsk_inet.sk.sk_uid.val;
	e->cgroup_id = id;
	if (id && named != now)
		return cgroup_is_kept(cgroup, id, now) ? now : 0;
	return named;
}

/*
 * Moves the reported count up to the socket's count and returns by how much; 0 if the sweep is
 * doing so at the same time. It never moves back: a disconnect zeroes the socket's counts
 * (tcp_disconnect()), and the sweep, which has no socket lock, may see only one of two counts
 * changed.
 */
static __always_inline u32 advance_sent(struct tcp_sock *tp, struct seen *seen, bool locked)
{
	u32 before = load_first(&seen->sent, locked), sent = sent_since(tp, seen, before);

	if (!sent || __sync_val_compare_and_swap(&seen->sent, before, before + sent) != before)
		return 0;
	return sent;
}

static __always_inline u64 advance_bytes(struct tcp_sock *tp, struct seen *seen, bool locked)
{
	/* load_first(), for 64 bits */
	u64 before = locked ? seen->bytes : __sync_fetch_and_or(&seen->bytes, 0);
	u64 now = tp->bytes_retrans;

	if ((int64_t)(now - before) <= 0 ||
		__sync_val_compare_and_swap(&seen->bytes, before, now) != before)
		return 0;
	return now - before;
}

/*
 * Moves a reported count from `before` up to `now`, the socket's count, and returns by how much, as
 * advance_sent() does. `before` must be loaded first.
 */
static __always_inline u32 advance(u32 *reported, u32 before, u32 now)
{
	if ((s32)(now - before) <= 0 ||
		__sync_val_compare_and_swap(reported, before, now) != before)
		return 0;
	return now - before;
}

/*
 * Fills what is the same in all records of a socket that are written together, except the cgroup.
 * During a sweep the memory may even become another socket. No record may contain values that the
 * protocol does not allow.
 */
static __always_inline void event_describe(struct wire_event *e, struct tcp_sock *tp, u8 role)
{
	u8 state = state_of(tp);

	e->tcp_state = state ? state : TCP_CLOSE;
	e->role = role ? role : WIRE_ROLE_CLIENT;
	e->local_port = bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport);
	e->srtt_us = tp->srtt_us >> 3; /* stored times 8, net/ipv4/tcp_input.c */
	event_set_addresses(e, &tp->inet_conn.icsk_inet.sk.__sk_common);
}

/* `resets` is as in struct seen. */
static __always_inline void event_set_resets(struct wire_event *e, u32 resets)
{
	e->resets_sent = (u16)resets;
	e->resets_received = (u16)(resets >> 16);
}

/* Moves from the storage into the record what the socket's next record carries. */
static __always_inline void event_fill(struct wire_event *e, struct tcp_sock *tp, struct seen *seen,
	u8 cause, u32 segments, bool locked)
{
	e->cause = cause;
	e->segments = segments;
	e->bytes = advance_bytes(tp, seen, locked);
	e->segments_sent = advance_sent(tp, seen, locked);
	if (segments && seen->claims.claimed == CLAIMED_FIRST) {
		seen->claims.claimed = CLAIMED_TOLD;
		e->flags = WIRE_EVENT_FIRST;
	}
	if (seen->resets)
		event_set_resets(e, __sync_lock_test_and_set(&seen->resets, 0));
}

/* `stall` is a sum of stall_timer(). */
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

/* Moves into the record what only records without segments carry. */
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
	/* Meanwhile begin_again() may have set it for another connection, whose end is not told. */
	if (ended >= ENDED_DUE &&
		__sync_val_compare_and_swap(&seen->ended, ended, ENDED_TOLD) == ended)
		event_set_ended(e, ended);
}

#endif
