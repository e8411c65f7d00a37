/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Writes events into the collector's ring as fast as possible, in the same way as the real
 * programs. The collector cannot distinguish these events from real ones.
 */
#include "bpf/kernel.bpf.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "protocol/wire.h"

#define BATCH 1024

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF); /* replaced by the collector's ring */
	__uint(max_entries, 4096);
} ring SEC(".maps");

uint32_t groups = 0;  /* number of different remote addresses */
uint32_t limit = 0;   /* records to write in one run, at most BATCH */
uint64_t written = 0; /* total */
uint64_t cgroup_id = 0;
bool bare = false; /* events contain only retransmissions */
bool full = false; /* the ring was full during the last run */

static void fill(struct wire_event *e, u32 group, u64 now)
{
	__builtin_memset(e, 0, sizeof(*e));
	e->type = WIRE_EVENT;
	e->ip_version = 4;
	e->cause = WIRE_CAUSE_FAST;
	e->tcp_state = TCP_ESTABLISHED;
	e->role = WIRE_ROLE_CLIENT;
	e->boot_ns = now;
	*(u32 *)(e->local_addr + 8) = bpf_htonl(0xffff);
	*(u32 *)(e->local_addr + 12) = bpf_htonl(0x0a000001);
	*(u32 *)(e->remote_addr + 8) = bpf_htonl(0xffff);
	*(u32 *)(e->remote_addr + 12) = bpf_htonl(0x0b000000 + group);
	e->local_port = (u16)(32768 + (group & 16383));
	e->remote_port = 443;
	e->segments = 1;
	e->cgroup_id = cgroup_id;
	e->srtt_us = 800 + (group & 1023);
	e->netns = 4026531840;
	if (bare)
		return;
	e->flags = written < groups ? WIRE_EVENT_FIRST : 0;
	e->bytes = 1448;
	e->segments_sent = 20;
}

SEC("syscall")
int generate(void *ctx)
{
	u64 now = bpf_ktime_get_boot_ns();

	(void)ctx;
	full = false;
	for (u32 i = 0; i < BATCH && i < limit; i++) {
		struct wire_event *e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);

		if (!e) {
			full = true;
			return 0;
		}
		/* The prime keeps consecutive events from being neighbours in the exporter's
		 * table. */
		fill(e, (u32)(written * 7919 % groups), now);
		written++;
		/* The first record wakes the collector, as an event of the real programs may do. */
		bpf_ringbuf_submit(e, i == 0 ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
	}
	return 0;
}

/* Wakes the collector, as the real programs do when the ring fills up. */
SEC("syscall")
int wake(void *ctx)
{
	void *record = bpf_ringbuf_reserve(&ring, WIRE_RECORD_SIZE, 0);

	(void)ctx;
	if (record)
		bpf_ringbuf_discard(record, BPF_RB_FORCE_WAKEUP);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
