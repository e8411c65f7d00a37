/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Newcomers are connections without storage whose start a program saw.
 *
 * A newcomer's entry proves that the socket's counts cover the whole connection. A connection has
 * at most one entry. The program that removes the entry creates storage or reports the end, and
 * uses the counts since the connection's start. A socket with neither entry nor storage may be
 * older than the programs. Its earlier counts are not reported.
 *
 * An entry has the socket's address. A program makes the entry while the connection starts, when no
 * other socket can have this address.
 */
#ifndef REXMIT_NEWCOMER_H
#define REXMIT_NEWCOMER_H

#include "kernel.bpf.h"

#define NEWCOMER_BUCKETS_BITS 14
#define NEWCOMER_WAYS 4
/*
 * An entry of this age may be replaced: no program saw the connection's end, or the walk misses the
 * socket.
 */
#define NEWCOMER_STALE_S 600

/* Flags of an entry, in the low bits of the address. Alignment makes these bits 0 in an address. */
enum {
	NEWCOMER_REPORTED = 1, /* retransmissions are reported, but no storage could be created */
	NEWCOMER_RESET = 2,    /* a reset was sent or received; shifted by enum wire_reset */
	NEWCOMER_FLAG_MASK = 7,
	NEWCOMER_TAKEN = 8, /* only in the result of newcomer_take() */
};

#define NEWCOMER_NONE UINT32_MAX /* result of newcomer_claim(): there is no entry */

struct newcomers {
	u64 socket[NEWCOMER_WAYS]; /* address and flags; 0: free */
	u32 since[NEWCOMER_WAYS];  /* value of `seconds` when the entry was made */
	/* The reported part of total_retrans; valid only with NEWCOMER_REPORTED. A program that
	 * writes this number holds the socket lock. */
	u32 reported[NEWCOMER_WAYS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << NEWCOMER_BUCKETS_BITS);
	__type(key, u32);
	__type(value, struct newcomers);
} rexmit_newcomer SEC(".maps");

/* CLOCK_MONOTONIC at the last walk over sockets. Reading the clock itself would cost more. */
uint32_t seconds = 0;

uint64_t origin = 0; /* only its address is used */

/*
 * The address of a socket minus the address of `origin`. Verifiers treat the difference of two
 * pointers as a number. They allow no other conversion of a pointer to a number.
 */
static __always_inline u64 newcomer_address(const void *sk)
{
	u64 address = (u64)sk - (u64)&origin;

	/* Keeps the compiler from moving the subtraction to the other side of a comparison. */
	asm volatile("" : "+r"(address));
	return address;
}

/*
 * Returns the bucket of an address, by Fibonacci hashing (Knuth, TAOCP 6.4). The low 6 bits are not
 * used, because sockets are aligned to 64 bytes.
 */
static __always_inline struct newcomers *newcomers_of(u64 address)
{
	u32 key = (u32)(((address >> 6) * 0x9E3779B97F4A7C15) >> (64 - NEWCOMER_BUCKETS_BITS));

	return bpf_map_lookup_elem(&rexmit_newcomer, &key);
}

static __always_inline u64 newcomer_without_flags(u64 word)
{
	return word & ~(u64)NEWCOMER_FLAG_MASK;
}

/* Returns false if the bucket has no free slot. */
static __always_inline bool newcomer_put(struct newcomers *bucket, u64 address)
{
	for (u32 i = 0; i < NEWCOMER_WAYS; i++) {
		u64 old = bucket->socket[i];

		if (old && seconds - bucket->since[i] < NEWCOMER_STALE_S)
			continue;
		/* The time is set first, because an entry with the old time could be replaced. */
		bucket->since[i] = seconds;
		return __sync_val_compare_and_swap(&bucket->socket[i], old, address) == old;
	}
	return false;
}

static __always_inline u64 *newcomer_find(struct newcomers *bucket, u64 address, u32 *way)
{
	for (u32 i = 0; i < NEWCOMER_WAYS; i++) {
		if (newcomer_without_flags(bucket->socket[i]) != address)
			continue;
		*way = i;
		return &bucket->socket[i];
	}
	return NULL;
}

/*
 * Returns the entry of the socket, or NULL. Sets `*word` to the entry's content. The caller can use
 * it in an exchange. Sets `*reported` to the address of the entry's number of reported segments.
 * The content is checked again, because it may have changed after newcomer_find().
 */
static __always_inline u64 *newcomer_load(u64 address, u64 *word, u32 **reported)
{
	struct newcomers *bucket = newcomers_of(address);
	u64 *entry;
	u32 way = 0;

	if (!bucket)
		return NULL;
	entry = newcomer_find(bucket, address, &way);
	if (!entry)
		return NULL;
	*word = *entry;
	*reported = &bucket->reported[way % NEWCOMER_WAYS];
	return newcomer_without_flags(*word) == address ? entry : NULL;
}

/*
 * Removes the entry. The low half of the result has the entry's flags and NEWCOMER_TAKEN. The high
 * half has the number of reported segments. Returns 0 if there is no entry.
 *
 * If the caller does not hold the socket lock (`!locked`), the number of reported segments may be
 * changing. In this case the function does not remove an entry that is changing or has
 * NEWCOMER_REPORTED. It returns only NEWCOMER_REPORTED.
 */
static __noinline u64 newcomer_take(u64 address, bool locked)
{
	u64 word, *entry, taken = NEWCOMER_TAKEN;
	u32 *reported;

	entry = newcomer_load(address, &word, &reported);
	if (!entry)
		return 0;
	if (word & NEWCOMER_REPORTED) {
		if (!locked)
			return NEWCOMER_REPORTED;
		taken |= (u64)*reported << 32;
	}
	if (__sync_val_compare_and_swap(entry, word, 0) != word)
		return locked ? 0 : NEWCOMER_REPORTED;
	return taken | (word & NEWCOMER_FLAG_MASK);
}

/*
 * Claims the segments of `total`, the socket's count, that are not reported yet. Returns their
 * number, or NEWCOMER_NONE. The caller holds the socket lock and reports the segments. If another
 * program changes the entry at the same time, the result is 0, and the next event claims the
 * segments.
 */
static __noinline u32 newcomer_claim(u64 address, u32 total)
{
	u64 word, *entry;
	u32 *reported, due;

	entry = newcomer_load(address, &word, &reported);
	if (!entry)
		return NEWCOMER_NONE;
	due = total - (word & NEWCOMER_REPORTED ? *reported : 0);
	/* The exchange fails if the walk has removed the entry. The walk does not remove an entry
	 * with NEWCOMER_REPORTED. */
	if ((s32)due <= 0 ||
		__sync_val_compare_and_swap(entry, word, word | NEWCOMER_REPORTED) != word)
		return 0;
	*reported = total;
	return due;
}

/* Returns false if there is no entry or the flag was already set. */
static __always_inline bool newcomer_mark(u64 address, u64 flag)
{
	u32 *reported;
	u64 word, *entry = newcomer_load(address, &word, &reported);

	return entry && !(word & flag) &&
	       __sync_val_compare_and_swap(entry, word, word | flag) == word;
}

/* Whether the socket has an entry that was made less than `age_s` seconds before the last walk. */
static __always_inline bool newcomer_is_younger(u64 address, u32 age_s)
{
	struct newcomers *bucket = newcomers_of(address);
	u32 way = 0;

	return bucket && newcomer_find(bucket, address, &way) &&
	       seconds - bucket->since[way % NEWCOMER_WAYS] < age_s;
}

/* Makes an entry if the socket has none. Returns whether the socket has an entry now. */
static __noinline bool newcomer_add(u64 address)
{
	struct newcomers *bucket = newcomers_of(address);
	u32 way;

	if (!bucket)
		return false;
	return newcomer_find(bucket, address, &way) || newcomer_put(bucket, address);
}

/*
 * The functions from here on are fast paths for connections without retransmissions. Almost every
 * bucket is empty or has one entry, in the first slot. The programs at a connection's start and end
 * run with cold caches, so short code is fast (docs/performance.md).
 */
static __always_inline bool newcomer_bucket_is_empty(const struct newcomers *bucket)
{
	u64 any = 0;

	for (u32 i = 0; i < NEWCOMER_WAYS; i++)
		any |= bucket->socket[i];
	return !any;
}

/* Whether the bucket of the socket is empty, so that the socket has no entry. */
static __always_inline bool newcomer_is_absent(u64 address)
{
	struct newcomers *bucket = newcomers_of(address);

	return !bucket || newcomer_bucket_is_empty(bucket);
}

/* Adds an entry if the bucket is empty. If it returns false, use newcomer_add(). */
static __always_inline bool newcomer_add_first(u64 address)
{
	struct newcomers *bucket = newcomers_of(address);

	if (!bucket || !newcomer_bucket_is_empty(bucket))
		return false;
	bucket->since[0] = seconds;
	return __sync_val_compare_and_swap(&bucket->socket[0], 0, address) == 0;
}

/*
 * Removes the socket's entry if it is in the first slot and has no flags. If it returns false, use
 * newcomer_take().
 */
static __always_inline bool newcomer_take_first(u64 address)
{
	struct newcomers *bucket = newcomers_of(address);

	return bucket && bucket->socket[0] == address &&
	       __sync_val_compare_and_swap(&bucket->socket[0], address, 0) == address;
}

#endif
