/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * SipHash-1-3 over 64-bit words: the hash function of the tables.
 *
 * Peers choose their addresses and ports. Because the key is secret, peers cannot choose values
 * whose hashes collide. Collisions would make every lookup slow.
 */
#ifndef REXMIT_HASH_H
#define REXMIT_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_key {
	uint64_t k[2];
};

/* Fills `key` with random bytes. Returns 0 or a negative errno. */
int hash_key_init(struct hash_key *key);

static inline uint64_t hash_rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void hash_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = hash_rotate(v[1], 13) ^ v[0];
	v[0] = hash_rotate(v[0], 32);
	v[2] += v[3];
	v[3] = hash_rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = hash_rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = hash_rotate(v[1], 17) ^ v[2];
	v[2] = hash_rotate(v[2], 32);
}

/*
 * Returns SipHash-1-3 of the words in little-endian order, including the block with the length
 * (Aumasson and Bernstein, 2012). The function is inline, because `count` is a constant in each
 * caller.
 */
static inline uint64_t hash_words(const struct hash_key *key, const uint64_t *words, size_t count)
{
	uint64_t v[4] = {
		key->k[0] ^ UINT64_C(0x736f6d6570736575),
		key->k[1] ^ UINT64_C(0x646f72616e646f6d),
		key->k[0] ^ UINT64_C(0x6c7967656e657261),
		key->k[1] ^ UINT64_C(0x7465646279746573),
	};
	uint64_t length = (uint64_t)count * 8 << 56;

	for (size_t i = 0; i <= count; i++) {
		uint64_t word = i < count ? words[i] : length;

		v[3] ^= word;
		hash_round(v);
		v[0] ^= word;
	}
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		hash_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif
