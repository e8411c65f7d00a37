/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The processes of listeners and of connections that live for ten seconds or longer.
 *
 * A listener's process is the one that calls listen(2). The walk over files finds the process that
 * holds a connection, so short connections cost nothing here.
 */
#ifndef REXMIT_PROCESS_BPF_H
#define REXMIT_PROCESS_BPF_H

#include "bpf/process_table.h"
#include "event.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct process_table);
} rexmit_process SEC(".maps");

/* Returns the key's slot, or else a free slot, or else the slot that was seen longest ago. */
static __always_inline u32 process_place(const struct process_table *table, u64 key)
{
	u32 place = process_slot(key, 0), oldest = 0;

	for (u32 way = 0; way < PROCESS_WAYS; way++) {
		u32 slot = process_slot(key, way);
		const struct process_entry *entry = &table->entries[slot];
		u32 age = entry->key ? seconds - entry->seen : UINT32_MAX;

		if (entry->key == key)
			return slot;
		if (age > oldest) {
			oldest = age;
			place = slot;
		}
	}
	return place;
}

/*
 * Writes an entry, then counts the change. If the collector reads a half-written entry, the change
 * of the count makes it read the entry again.
 */
static __always_inline void process_write(
	struct process_entry *entry, u64 key, const union process_name *name)
{
	struct identity *identity = own_identity();

	__sync_lock_test_and_set(&entry->key, 0);
	entry->name = *name;
	__sync_lock_test_and_set(&entry->key, key);
	if (identity)
		__sync_fetch_and_add(&identity->processes, 1);
}

/*
 * Stores a name, given as two words, for the key. A listener's first name is that of the process
 * that called listen(2). If several processes hold the listener, a later walk stores the one with
 * the lowest process id. cgroup_remember() explains why such functions are not static.
 */
__noinline int process_remember(u64 key, u64 first, u64 second)
{
	const union process_name name = {.words = {first, second}};
	struct process_entry *entry;
	struct process_table *table;
	u32 zero = 0;

	table = bpf_map_lookup_elem(&rexmit_process, &zero);
	if (!table || !first)
		return 0;
	entry = &table->entries[process_place(table, key) % WIRE_PROCESS_SLOTS];
	/* An entry changes at most once between two walks. Otherwise a process that calls listen(2)
	 * in a loop could keep the collector busy with changes of this entry. */
	if (entry->key && entry->seen == seconds)
		return 0;
	entry->seen = seconds;
	if (entry->key != key || entry->name.words[0] != first || entry->name.words[1] != second)
		process_write(entry, key, &name);
	return 0;
}

/* The name of the process of `task`, not of its thread. */
static __always_inline union process_name process_name_of(struct task_struct *task)
{
	union process_name name = {.words = {0}};

	/* The copy ends at the zero, because the rest of `comm` may belong to an older name. */
	BPF_CORE_READ_STR_INTO(&name.text, task, group_leader, comm);
	return name;
}

static __always_inline void process_listens(struct tcp_sock *tp, struct task_struct *task)
{
	const struct sock_common *common = &tp->inet_conn.icsk_inet.sk.__sk_common;
	union process_name name = process_name_of(task);
	u64 address[2] = {0};

	if (!common->skc_num)
		return; /* listen(2) chooses the port later; the walk stores the process */
	if (common->skc_family == AF_INET6 && bpf_core_field_exists(common->skc_v6_rcv_saddr))
		copy_v6((u8 *)address, &common->skc_v6_rcv_saddr);
	else
		map_v4((u8 *)address, common->skc_rcv_saddr);
	process_remember(process_listener_key(netns_of(tp), common->skc_num, address),
		name.words[0], name.words[1]);
}

/* Runs in the process that calls listen(2). */
static __noinline int process_listens_now(struct tcp_sock *tp)
{
	process_listens(tp, (struct task_struct *)bpf_get_current_task());
	return 0;
}

/* Returns the key of a name. It is not 0. Two names have the same key with probability 2^-31. */
static __always_inline u32 process_name_key(const union process_name *name)
{
	u64 hash = process_mix(process_mix(name->words[0]) ^ name->words[1]);

	return (u32)(hash >> 32) | 1;
}

/* Stores the process that holds the socket. */
static __always_inline void process_holds(struct seen *seen, struct task_struct *task)
{
	union process_name name = process_name_of(task);

	seen->process = name.words[0] ? process_name_key(&name) : 0;
	if (seen->process)
		process_remember(seen->process, name.words[0], name.words[1]);
}

#endif
