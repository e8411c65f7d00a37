/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* What any program on the tracepoint costs, and what any record in a ring costs. */
#include "kernel.h"

#include <bpf/bpf_helpers.h>

#include "wire.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024 * 1024);
} ring SEC(".maps");

SEC("tp_btf/tcp_retransmit_skb")
int floor_empty(u64 *ctx)
{
	(void)ctx;
	return 0;
}

/* A record of the size that rexmit writes, with nothing in it. */
SEC("tp_btf/tcp_retransmit_skb")
int floor_ring(u64 *ctx)
{
	u64 *record = bpf_ringbuf_reserve(&ring, WIRE_RECORD_SIZE, 0);

	(void)ctx;
	if (!record)
		return 0;
	record[0] = 0;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
