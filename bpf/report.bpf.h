/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Where claimed segments go: to a record in the ring, to the socket's storage, or to the counters.
 */
#ifndef REXMIT_REPORT_H
#define REXMIT_REPORT_H

#include "count.bpf.h"
#include "event.bpf.h"
#include "protocol/wire.h"
#include "socket.bpf.h"

/*
 * CLOCK_BOOTTIME of a record. A cause is only known for what is being sent, not for what is found
 * later.
 */
static __always_inline u64 record_ns(struct tcp_sock *tp, u8 cause)
{
	return cause == WIRE_CAUSE_UNKNOWN ? bpf_ktime_get_boot_ns() : sending_ns(tp);
}

static __always_inline u32 *pending_of(struct seen *seen, u32 cause)
{
	return &seen->pending[cause % WIRE_CAUSES];
}

/* How something is reported; bits. */
enum {
	REPORT_LOCKED = 1,  /* the caller holds the socket lock, as the handlers of its events do */
	REPORT_SENDING = 2, /* the segments are being sent now */
	REPORT_FIRST = 4,   /* WIRE_EVENT_FIRST */
};

/* The timer that ran out, if that is why segments are sent. Timers clear icsk_pending first. */
static __always_inline u64 stall_of(struct tcp_sock *tp, u8 cause, u32 how)
{
	if (!(how & REPORT_SENDING) || (cause != WIRE_CAUSE_TIMEOUT && cause != WIRE_CAUSE_SYN) ||
		tp->inet_conn.icsk_pending)
		return 0;
	return stall_timer(tp);
}

/* Reports `segments` that were just claimed, or defers them if the ring is full. */
static __noinline int report(
	struct tcp_sock *tp, struct seen *seen, u8 cause, u32 segments, u32 how)
{
	u64 stall = stall_of(tp, cause, how);
	struct wire_event *e;
	struct counters *c;

	cause %= WIRE_CAUSES;
	count_segments(netns_of(tp), cause, segments);
	e = event_reserve();
	if (e) {
		event_init(e, record_ns(tp, cause));
		event_fill(e, tp, seen, cause, segments, how & REPORT_LOCKED);
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
 * Reports for a socket without storage: `segments` retransmitted, with `bytes`. If the ring is
 * full, the segments are counted without their peer.
 */
static __noinline int report_bare(struct tcp_sock *tp, u8 cause, u32 segments, u32 bytes, u32 how)
{
	u64 stall = stall_of(tp, cause, how);
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
	e->flags = how & REPORT_FIRST ? WIRE_EVENT_FIRST : 0;
	if (stall)
		event_set_stall(e, stall);
	event_describe(e, tp, role_of(tp));
	event_set_socket(e, tp, 0);
	event_submit(e);
	return 0;
}

/* Removes the deferred segments of `cause` from the storage and returns their number. */
static __always_inline u32 catch_up(struct seen *seen, u32 cause, struct counters *c)
{
	u32 segments = __sync_lock_test_and_set(pending_of(seen, cause), 0);

	count(&c->caught_up, segments);
	return segments;
}

/*
 * Whether anything is deferred. There is no flag for it: a reader that clears a flag before it
 * checks could hide segments deferred in between. The counts are on one cache line.
 */
static __always_inline bool is_deferred(const struct seen *seen)
{
	u32 any = 0;

	for (u32 i = 1; i < WIRE_CAUSES; i++)
		any |= seen->pending[i];
	return any;
}

/*
 * Reports deferred segments while the ring has room. The sweep calls this once a second while
 * anything is deferred, and the end of a socket does. Event handlers do not, because it would make
 * them slower to verify. For the same reason the loop is short: the verifier follows it once for
 * each cause.
 */
static __noinline int report_deferred(struct tcp_sock *tp, struct seen *seen, bool locked)
{
	struct counters *c = own_counters();
	struct wire_event described;

	/* Not in the loop, because clang would compute the counter's address before it. Before 6.18
	 * the verifier requires the test first. */
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
		segments = catch_up(seen, cause, c);
		if (!segments) { /* the sweep was faster */
			bpf_ringbuf_discard(e, BPF_RB_NO_WAKEUP);
			continue;
		}
		/* *e = described would be 30 instructions. */
		bpf_probe_read_kernel(e, sizeof(*e), &described);
		event_fill(e, tp, seen, (u8)cause, segments, locked);
		event_submit(e);
	}
	return 0;
}

/* The socket ends while the ring is full: the segments stay counted, but their peer is lost. */
static __noinline int give_up_deferred(struct seen *seen)
{
	struct counters *c = own_counters();

	if (!c)
		return 0;
	for (u32 cause = 1; cause < WIRE_CAUSES; cause++) {
		u32 segments = *pending_of(seen, cause) ? catch_up(seen, cause, c) : 0;

		if (segments)
			count(&c->unattributed[cause], segments);
	}
	return 0;
}

/* The ring accepts records without losses only while it is at most half full. */
static __always_inline bool ring_has_room(void)
{
	return bpf_ringbuf_query(&rexmit_ring, BPF_RB_AVAIL_DATA) <= ring_half_bytes;
}

/* Whether anything waits for a record without segments. */
static __always_inline bool rest_is_due(struct tcp_sock *tp, struct seen *seen)
{
	return sent_since(tp, seen, seen->sent) || seen->resets ||
	       (s32)(tp->segs_in - seen->received) > 0 || seen->ended >= ENDED_DUE || seen->stall;
}

/*
 * Reports what the socket has sent since its last record, without a retransmission, what it has
 * received, its resets and its end. Such records go only into a ring that is at most half full, to
 * leave room for losses. What is not reported now is part of the socket's next such record.
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
 * Reports a socket without storage and without retransmissions; `resets` and `ended` are as in
 * struct seen. Everything that it has received is reported at its end. `stall` is the timer at
 * which the kernel gave it up, or 0. The time of a record without resets is shown nowhere, so the
 * clock is not read for it.
 */
static __noinline int report_sent_bare(
	struct tcp_sock *tp, u32 sent, u32 resets, u32 ended, u64 stall)
{
	u64 used = bpf_ringbuf_query(&rexmit_ring, BPF_RB_AVAIL_DATA);
	struct wire_event *e = used <= ring_half_bytes ? event_reserve() : NULL;
	struct counters *c;

	if (e) {
		event_init(e, resets ? bpf_ktime_get_boot_ns() : sending_ns(tp));
		e->segments_sent = sent;
		event_set_resets(e, resets);
		event_set_ended(e, ended);
		event_set_stall(e, stall);
		if (ended) {
			e->segments_received = tp->segs_in;
			e->segments_out_of_order = segments_out_of_order(tp);
			e->segments_spurious = segments_spurious(tp);
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

/* No further record of the socket could carry them. */
static __always_inline void give_up_resets(struct seen *seen)
{
	if (seen->resets)
		count_unattributed_resets(__sync_lock_test_and_set(&seen->resets, 0));
}

/* The end of the connection is counted without its peer. */
static __always_inline void give_up_ended(struct seen *seen)
{
	struct counters *c = own_counters();

	if (c && seen->ended >= ENDED_DUE &&
		__sync_lock_test_and_set(&seen->ended, ENDED_TOLD) >= ENDED_DUE)
		count(&c->connections_unattributed, 1);
}

/* The socket ends, and not everything that it has sent was reported. */
static __always_inline void give_up_sent(struct tcp_sock *tp, struct seen *seen)
{
	u32 sent = advance_sent(tp, seen, true);
	struct counters *c = own_counters();

	if (c && sent)
		count(&c->sent_unattributed, sent);
	give_up_resets(seen);
	give_up_ended(seen);
}

/*
 * Reports a retransmitted SYN-ACK. The kernel counts it only in RetransSegs, and there is no socket
 * yet. So no storage could defer it when the ring is full, or recover a firing that ran no program.
 * The child's total_retrans starts with the request's count, but does not say how many of these
 * were reported; docs/exactness.md explains why that is not stored. Requests start as sockets do.
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
	e->segments_sent = 1; /* __tcp_make_synack() counts each in OutSegs */
	event_set_addresses(e, request);
	event_set_socket(e, listener, 0);
	event_submit(e);
}

#endif
