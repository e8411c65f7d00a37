/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Connections whose start a program saw, and of which nothing has been reported yet.
 *
 * For such a connection the socket alone has all data: its counts started with it. An entry here
 * proves that. It exists once. The program that removes it accounts for the connection from its
 * start: in the storage it creates, or in the record at the end. A socket with neither entry nor
 * storage may be older than the programs: what it counted before the current event is not reported.
 *
 * The proof is the address of the socket, not a hash of it. An entry is made while its connection
 * starts, so no older one exists at that address.
 */
#ifndef REXMIT_NEWCOMER_H
#define REXMIT_NEWCOMER_H

#include "kernel.bpf.h"

#define NEWCOMER_BUCKETS_BITS 14
#define NEWCOMER_WAYS 4
#define NEWCOMER_STALE_S 600 /* its end was missed, or no walk visits it */

/* What has happened to a newcomer, in the low bits of its address, which are 0. */
enum {
	NEWCOMER_LOST = 1,  /* it retransmitted, in records, and got no storage */
	NEWCOMER_RESET = 2, /* << wire_reset: one was sent or received */
	NEWCOMER_FLAGS = 7,
};

struct newcomers {
	u64 socket[NEWCOMER_WAYS]; /* address and flags; 0: free */
	u32 since[NEWCOMER_WAYS];  /* as of `seconds` */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << NEWCOMER_BUCKETS_BITS);
	__type(key, u32);
	__type(value, struct newcomers);
} rexmit_newcomer SEC(".maps");

/*
 * CLOCK_MONOTONIC at the last walk over sockets. For ages in tens of seconds this saves a clock
 * read.
 */
uint32_t seconds = 0;

uint64_t origin = 0;

/*
 * The address of a socket minus that of `origin`. Verifiers treat the difference of two pointers as
 * a number, and allow no other way to make one.
 */
static __always_inline u64 newcomer_address(const void *sk)
{
	u64 address = (u64)sk - (u64)&origin;

	asm volatile(""
		     : "+r"(address)); /* compared as it is, with nothing moved to the other side */
	return address;
}

/* Sockets are aligned to cache lines. Fibonacci hashing (Knuth, TAOCP 6.4). */
static __always_inline struct newcomers *newcomers_of(u64 address)
{
	u32 key = (u32)(((address >> 6) * 0x9E3779B97F4A7C15) >> (64 - NEWCOMER_BUCKETS_BITS));

	return bpf_map_lookup_elem(&rexmit_newcomer, &key);
}

/* Returns the slot for a new entry, or NULL. */
static __always_inline u64 *newcomer_place(struct newcomers *bucket, u32 *way)
{
	for (u32 i = 0; i < NEWCOMER_WAYS; i++) {
		if (bucket->socket[i] && seconds - bucket->since[i] < NEWCOMER_STALE_S)
			continue;
		*way = i;
		return &bucket->socket[i];
	}
	return NULL;
}

/* Adds `word`, an address with flags. Returns whether there was a slot for it. */
static __always_inline bool newcomer_put(struct newcomers *bucket, u64 word)
{
	u32 way = 0;
	u64 *place = newcomer_place(bucket, &way), old;

	if (!place)
		return false;
	old = *place;
	/* Before the entry, which would otherwise look old for a moment. */
	bucket->since[way % NEWCOMER_WAYS] = seconds;
	return __sync_val_compare_and_swap(place, old, word) == old;
}

/* Returns the entry of the socket, or NULL. */
static __always_inline u64 *newcomer_find(struct newcomers *bucket, u64 address, u32 *way)
{
	for (u32 i = 0; i < NEWCOMER_WAYS; i++) {
		if ((bucket->socket[i] & ~(u64)NEWCOMER_FLAGS) != address)
			continue;
		*way = i;
		return &bucket->socket[i];
	}
	return NULL;
}

/* Removes the entry. Returns it, or 0 if there is none or another program removed it first. */
static __noinline u64 newcomer_take(u64 address)
{
	struct newcomers *bucket = newcomers_of(address);
	u64 *entry, word;
	u32 way;

	if (!bucket)
		return 0;
	entry = newcomer_find(bucket, address, &way);
	if (!entry)
		return 0;
	word = *entry;
	if ((word & ~(u64)NEWCOMER_FLAGS) != address ||
		__sync_val_compare_and_swap(entry, word, 0) != word)
		return 0;
	return word;
}

/* Sets a flag of the entry. Returns whether the entry exists and the flag was not set. */
static __always_inline bool newcomer_mark(u64 address, u64 flag)
{
	struct newcomers *bucket = newcomers_of(address);
	u64 *entry, word;
	u32 way;

	if (!bucket)
		return false;
	entry = newcomer_find(bucket, address, &way);
	if (!entry)
		return false;
	word = *entry;
	return !(word & flag) && (word & ~(u64)NEWCOMER_FLAGS) == address &&
	       __sync_val_compare_and_swap(entry, word, word | flag) == word;
}

/* Whether the socket's entry was made less than `age_s` before the last walk. */
static __always_inline bool newcomer_is_younger(u64 address, u32 age_s)
{
	struct newcomers *bucket = newcomers_of(address);
	u32 way = 0;

	return bucket && newcomer_find(bucket, address, &way) &&
	       seconds - bucket->since[way % NEWCOMER_WAYS] < age_s;
}

/* Records that a connection of the socket starts. Returns whether there was a slot for it. */
static __noinline int newcomer_add(u64 address)
{
	struct newcomers *bucket = newcomers_of(address);
	u32 way = 0;

	if (!bucket)
		return 0;
	return newcomer_find(bucket, address, &way) || newcomer_put(bucket, address);
}

/*
 * From here on: short ways for connections that lose nothing. Almost every bucket is empty or has
 * one entry, the first. A start and an end run after much other code of the network stack, so their
 * time grows with the code that they run (docs/performance.md).
 */
static __always_inline bool newcomer_is_empty(const struct newcomers *bucket)
{
	u64 any = 0;

	for (u32 i = 0; i < NEWCOMER_WAYS; i++)
		any |= bucket->socket[i];
	return !any;
}

/* Whether the socket certainly has no entry. */
static __always_inline bool newcomer_is_gone(u64 address)
{
	struct newcomers *bucket = newcomers_of(address);

	return !bucket || newcomer_is_empty(bucket);
}

/* Adds an entry if the bucket is empty. Returns whether it did; if not, use newcomer_add(). */
static __always_inline bool newcomer_add_first(u64 address)
{
	struct newcomers *bucket = newcomers_of(address);

	if (!bucket || !newcomer_is_empty(bucket))
		return false;
	bucket->since[0] = seconds;
	return __sync_val_compare_and_swap(&bucket->socket[0], 0, address) == 0;
}

/*
 * Removes the socket's entry if it is the first and has no flags. Returns whether it did; if not,
 * use newcomer_take().
 */
static __always_inline bool newcomer_take_first(u64 address)
{
	struct newcomers *bucket = newcomers_of(address);

	return bucket && bucket->socket[0] == address &&
	       __sync_val_compare_and_swap(&bucket->socket[0], address, 0) == address;
}

#endif
