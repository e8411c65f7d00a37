/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Programs report claimed segments in a record of the ring. If the ring is full, a program defers
 * the segments: it adds them to the socket's storage. If the socket has no storage, the program
 * counts the segments as unattributed: without their peer.
 */
#ifndef REXMIT_REPORT_H
#define REXMIT_REPORT_H

#include "count.bpf.h"
#include "event.bpf.h"
#include "protocol/wire.h"
#include "socket.bpf.h"

/*
 * Returns CLOCK_BOOTTIME for a record. Segments with a known cause are the last that the socket
 * sent, so the record has their time. Segments with an unknown cause get the current time.
 */
static __always_inline u64 record_ns(struct tcp_sock *tp, u8 cause)
{
	return cause == WIRE_CAUSE_UNKNOWN ? bpf_ktime_get_boot_ns() : sending_ns(tp);
}

static __always_inline u32 *pending_of(struct seen *seen, u32 cause)
{
	return &seen->pending[cause % WIRE_CAUSES];
}

/* Flags of report() and report_unstored(). */
enum {
	REPORT_LOCKED = 1,  /* the caller holds the socket lock; only the sweep does not */
	REPORT_SENDING = 2, /* the segments are being sent now */
	REPORT_FIRST = 4,   /* the record gets WIRE_EVENT_FIRST */
};

/*
 * Returns the retransmission timer (stall_timer()) if its expiry causes the transmission, else 0. A
 * timer clears icsk_pending when it expires.
 */
static __always_inline u64 stall_of(struct tcp_sock *tp, u8 cause, u32 flags)
{
	if (!(flags & REPORT_SENDING) || (cause != WIRE_CAUSE_TIMEOUT && cause != WIRE_CAUSE_SYN) ||
		tp->inet_conn.icsk_pending)
		return 0;
	return stall_timer(tp);
}

/* Reports `segments` claimed segments, or defers them. */
static __noinline int report(
	struct tcp_sock *tp, struct seen *seen, u8 cause, u32 segments, u32 flags)
{
	u64 stall = stall_of(tp, cause, flags);
	struct wire_event *e;
	struct counters *c;

	cause %= WIRE_CAUSES;
	count_segments(netns_of(tp), cause, segments);
	e = event_reserve();
	if (e) {
		event_init(e, record_ns(tp, cause));
		event_fill(e, tp, seen, cause, segments, flags & REPORT_LOCKED);
		if (stall)
			event_set_stall(e, stall);
		event_describe(e, tp, seen->claims.role);
		seen->claims.named = event_set_socket(e, tp, seen->claims.named);
		event_submit(e);
		return 0;
	}
	__sync_fetch_and_add(pending_of(seen, cause), segments);
	if (stall)
		__sync_fetch_and_add(&seen->stall, stall);
	c = own_counters();
	if (c)
		count(&c->deferred, segments);
	return 0;
}

/*
 * Reports `segments` retransmitted segments, with `bytes` of payload, of a socket without storage.
 */
static __noinline int report_unstored(
	struct tcp_sock *tp, u8 cause, u32 segments, u32 bytes, u32 flags)
{
	u64 stall = stall_of(tp, cause, flags);
	struct wire_event *e;

	cause %= WIRE_CAUSES;
	e = event_reserve();
	if (!e) {
		count_unattributed(netns_of(tp), cause, segments);
		return 0;
	}
	count_segments(netns_of(tp), cause, segments);
	event_init(e, record_ns(tp, cause));
	e->cause = cause;
	e->segments = segments;
	e->bytes = bytes;
	e->flags = flags & REPORT_FIRST ? WIRE_EVENT_FIRST : 0;
	if (stall)
		event_set_stall(e, stall);
	event_describe(e, tp, role_of(tp));
	event_set_socket(e, tp, 0);
	event_submit(e);
	return 0;
}

static __always_inline u32 remove_deferred(struct seen *seen, u32 cause, struct counters *c)
{
	u32 segments = __sync_lock_test_and_set(pending_of(seen, cause), 0);

	count(&c->caught_up, segments);
	return segments;
}

/*
 * Whether segments are deferred. A flag would not suffice: a program that clears the flag could
 * hide segments that another program defers at the same time.
 */
static __always_inline bool is_deferred(const struct seen *seen)
{
	u32 any = 0;

	for (u32 i = 1; i < WIRE_CAUSES; i++)
		any |= seen->pending[i];
	return any;
}

/*
 * Reports deferred segments while the ring has room. The sweep calls this function, about once a
 * second while segments are deferred. The program at the end of a connection calls it, too.
 * Programs that handle retransmissions do not call it, to save time in the verifier. The loop is
 * short for the same reason.
 */
static __noinline int report_deferred(struct tcp_sock *tp, struct seen *seen, bool locked)
{
	struct counters *c = own_counters();
	struct wire_event described;

	/* clang computes a counter's address before the loop. Before 6.18 the verifier requires a
	 * test of `c` before that computation. */
	if (!c || !is_deferred(seen))
		return 0;
	event_init(&described, bpf_ktime_get_boot_ns());
	event_describe(&described, tp, seen->claims.role);
	event_set_socket(&described, tp, 0);
	for (u32 cause = 1; cause < WIRE_CAUSES; cause++) {
		struct wire_event *e;
		u32 segments;

		if (!*pending_of(seen, cause))
			continue;
		e = event_reserve();
		if (!e)
			return 0;
		segments = remove_deferred(seen, cause, c);
		if (!segments) { /* another program has just reported them */
			bpf_ringbuf_discard(e, BPF_RB_NO_WAKEUP);
			continue;
		}
		/* One call copies the record. `*e = described` would take 30 instructions. */
		bpf_probe_read_kernel(e, sizeof(*e), &described);
		event_fill(e, tp, seen, (u8)cause, segments, locked);
		event_submit(e);
	}
	return 0;
}

/* The functions give_up_...() count as unattributed what no record of the socket will report. */
static __noinline int give_up_deferred(struct seen *seen)
{
	struct counters *c = own_counters();

	if (!c)
		return 0;
	for (u32 cause = 1; cause < WIRE_CAUSES; cause++) {
		u32 segments = *pending_of(seen, cause) ? remove_deferred(seen, cause, c) : 0;

		if (segments)
			count(&c->unattributed[cause], segments);
	}
	return 0;
}

/* Records without retransmissions are made only while the ring is at most half full. */
static __always_inline bool ring_has_room(void)
{
	return bpf_ringbuf_query(&rexmit_ring, BPF_RB_AVAIL_DATA) <= ring_half_bytes;
}

/* Whether the socket has counts for a record without retransmissions. */
static __always_inline bool rest_is_due(struct tcp_sock *tp, struct seen *seen)
{
	return sent_since(tp, seen, seen->sent) || seen->resets ||
	       (s32)(tp->segs_in - seen->received) > 0 || seen->ended >= ENDED_DUE || seen->stall;
}

/*
 * Makes a record without retransmissions: the segments sent and received since the last record, the
 * resets and the end. If the ring has no room, these counts stay in the storage.
 */
static __noinline int report_sent(struct tcp_sock *tp, struct seen *seen, bool locked)
{
	struct wire_event *e;

	if (!rest_is_due(tp, seen) || !ring_has_room())
		return 0;
	e = event_reserve();
	if (!e)
		return 0;
	event_init(e, bpf_ktime_get_boot_ns());
	event_fill(e, tp, seen, WIRE_CAUSE_NONE, 0, locked);
	event_fill_rest(e, tp, seen, locked);
	event_describe(e, tp, seen->claims.role);
	event_set_socket(e, tp, 0);
	event_submit(e);
	return 0;
}

/*
 * Makes a record without retransmissions for a socket without storage. `resets` and `ended` are as
 * in struct seen. `stall` is the timer at which the kernel gave up the connection, or 0. The record
 * counts received segments only if the connection ends. The clock is read only for records whose
 * time the exporter shows (event_has_line() in exporter/events/event_line.c).
 */
static __noinline int report_sent_unstored(
	struct tcp_sock *tp, u32 sent, u32 resets, u32 ended, u64 stall)
{
	u64 used = bpf_ringbuf_query(&rexmit_ring, BPF_RB_AVAIL_DATA);
	struct wire_event *e = used <= ring_half_bytes ? event_reserve() : NULL;
	u32 spurious = ended ? segments_spurious(tp) : 0;
	bool is_shown = resets || spurious || ended > ENDED_DUE;
	struct counters *c;

	if (e) {
		event_init(e, is_shown ? bpf_ktime_get_boot_ns() : sending_ns(tp));
		e->segments_sent = sent;
		event_set_resets(e, resets);
		event_set_ended(e, ended);
		event_set_stall(e, stall);
		if (ended) {
			e->segments_received = tp->segs_in + becomes_time_wait(tp);
			e->segments_out_of_order = segments_out_of_order(tp);
			e->segments_spurious = spurious;
		}
		event_describe(e, tp, role_of(tp));
		event_set_socket(e, tp, 0);
		event_submit_at(e, used);
		return 0;
	}
	c = own_counters();
	if (c) {
		count(&c->sent_unattributed, sent);
		count(&c->connections_unattributed, ended >= ENDED_DUE);
	}
	count_unattributed_resets(resets);
	return 0;
}

static __always_inline void give_up_resets(struct seen *seen)
{
	if (seen->resets)
		count_unattributed_resets(__sync_lock_test_and_set(&seen->resets, 0));
}

static __always_inline void give_up_ended(struct seen *seen)
{
	struct counters *c = own_counters();

	if (c && seen->ended >= ENDED_DUE &&
		__sync_lock_test_and_set(&seen->ended, ENDED_REPORTED) >= ENDED_DUE)
		count(&c->connections_unattributed, 1);
}

static __always_inline void give_up_rest(struct tcp_sock *tp, struct seen *seen)
{
	u32 sent = advance_sent(tp, seen, true);
	struct counters *c = own_counters();

	if (c && sent)
		count(&c->sent_unattributed, sent);
	give_up_resets(seen);
	give_up_ended(seen);
}

/*
 * Reports a retransmitted SYN-ACK, which the kernel counts only in RetransSegs. The connection has
 * no socket yet, and so no storage. Therefore the SYN-ACK cannot be deferred if the ring is full.
 * If the kernel skips this program, the SYN-ACK is not reported later (docs/exactness.md explains
 * why). A request starts with a sock_common, as a socket does.
 */
static __always_inline void report_synack(
	struct tcp_sock *listener, const struct sock_common *request)
{
	struct wire_event *e = event_reserve();

	if (!e) {
		count_unattributed(netns_of(listener), WIRE_CAUSE_SYNACK, 1);
		return;
	}
	event_init(e, bpf_ktime_get_boot_ns());
	count_segments(netns_of(listener), WIRE_CAUSE_SYNACK, 1);
	e->cause = WIRE_CAUSE_SYNACK;
	e->tcp_state = request->skc_state;
	e->role = WIRE_ROLE_SERVER;
	e->local_port = request->skc_num;
	e->segments = 1;
	e->segments_sent = 1; /* __tcp_make_synack() counts every SYN-ACK in OutSegs */
	event_set_addresses(e, request);
	event_set_socket(e, listener, 0);
	event_submit(e);
}

#endif
