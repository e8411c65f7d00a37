/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* What any program on the tracepoint costs, any record in a ring, and any that tells sockets apart. */
#include "kernel.h"

#include <bpf/bpf_helpers.h>

#include "wire.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024 * 1024);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} sockets SEC(".maps");

SEC("tp_btf/tcp_retransmit_skb")
int floor_empty(u64 *ctx)
{
	(void)ctx;
	return 0;
}

/* A record of the size that rexmit writes, with nothing in it. */
static __always_inline void write_empty(void)
{
	u64 *record = bpf_ringbuf_reserve(&ring, WIRE_RECORD_SIZE, 0);

	if (!record)
		return;
	record[0] = 0;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}

SEC("tp_btf/tcp_retransmit_skb")
int floor_ring(u64 *ctx)
{
	(void)ctx;
	write_empty();
	return 0;
}

/* And what was counted last for the socket is known, whatever is done with it. */
SEC("tp_btf/tcp_retransmit_skb")
int floor_storage(u64 *ctx)
{
	u64 *last =
		bpf_sk_storage_get(&sockets, (struct sock *)ctx[0], 0, BPF_SK_STORAGE_GET_F_CREATE);

	if (last)
		++*last;
	write_empty();
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
