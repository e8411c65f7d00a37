/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Programs count in the current CPU's slot of the counters (bpf/counters.h). */
#ifndef REXMIT_COUNT_H
#define REXMIT_COUNT_H

#include "counters.h"
#include "protocol/wire.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* one slot for each CPU; the collector sets the number */
	__type(key, u32);
	__type(value, struct counters);
} rexmit_counters SEC(".maps");

uint32_t host_netns = 0; /* set by rexmit_netns() */

const volatile uint32_t counters_slots = 1; /* number of slots, set by the collector */

static __always_inline struct counters *own_counters(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	/* CPU numbers may have gaps, so a CPU's number may be too large for the array. Two CPUs can
	 * share a slot, because additions are atomic. */
	if (cpu >= counters_slots)
		cpu = 0;
	return bpf_map_lookup_elem(&rexmit_counters, &cpu);
}

static __always_inline void count(u64 *counter, u64 n)
{
	__sync_fetch_and_add(counter, n);
}

/*
 * This function and count_unattributed() run rarely. They are not static, so the verifier checks
 * them only once. Functions that run for every event are inlined.
 */
__noinline int count_failure(int err)
{
	struct counters *c = own_counters();
	u32 index = (u32)-err;

	if (!c)
		return 0;
	if (index >= COUNTERS_ERRNOS)
		index = 0; /* e.g. NET_XMIT_DROP of a queueing discipline, which is positive */
	count(&c->failures[index], 1);
	return 0;
}

/*
 * Follow pointers from the tcp_sock that bpf_skc_to_tcp_sock() returns, not from the tracepoint's
 * argument. The argument is trusted. For each pointer in a trusted structure, recent verifiers
 * search all types of the kernel, on every path.
 */
static __always_inline u32 netns_of(const struct tcp_sock *tp)
{
	return tp->inet_conn.icsk_inet.sk.__sk_common.skc_net.net->ns.inum;
}

static __always_inline enum wire_scope scope_of(u32 netns)
{
	return netns == host_netns ? WIRE_SCOPE_HOST : WIRE_SCOPE_OTHER;
}

static __always_inline void count_segments(u32 netns, u8 cause, u32 segments)
{
	struct counters *c = own_counters();

	if (c && cause < WIRE_CAUSES)
		count(&c->segments[scope_of(netns)][cause], segments);
}

__noinline int count_unattributed(u32 netns, u8 cause, u32 segments)
{
	struct counters *c = own_counters();

	cause %= WIRE_CAUSES;
	count_segments(netns, cause, segments);
	if (c)
		count(&c->unattributed[cause], segments);
	return 0;
}

/* `resets` has two counts, as in struct seen. */
static __always_inline void count_unattributed_resets(u32 resets)
{
	struct counters *c = own_counters();

	if (!c)
		return;
	count(&c->resets_unattributed[WIRE_RESET_SENT], (u16)resets);
	count(&c->resets_unattributed[WIRE_RESET_RECEIVED], resets >> 16);
}

#endif
