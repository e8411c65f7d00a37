/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Compares SipHash-1-3 with two implementations. Python's hash() of bytes uses it since 3.11, with
 * a key of zeros if PYTHONHASHSEED=0. The reference implementation has a vector for the key 00 01
 * .. 0f.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "counts/hash.h"

Test(hash, equals_other_implementations)
{
	/* hash(bytes(range(8 * n))) for n = 1 to 7 */
	static const int64_t wanted[] = {-1525574692105212182, -8542738587087157833,
		3537676771234361146, 3598235784765792923, -7657190176164314618, -135349581900668033,
		-6561516733286465514};
	struct hash_key key = {{0, 0}};
	uint8_t bytes[56];
	uint64_t words[7];

	for (uint8_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i;
	memcpy(words, bytes, sizeof(words));
	for (size_t n = 1; n <= 7; n++)
		cr_assert_eq((int64_t)hash_words(&key, words, n), wanted[n - 1], "%zu words", n);
	memcpy(&key, bytes, sizeof(key));
	cr_assert_eq(hash_words(&key, words, 0), UINT64_C(0xabac0158050fc4dc));
}

Test(hash, depends_on_the_key)
{
	struct hash_key a, b;

	cr_assert_eq(hash_key_init(&a), 0);
	cr_assert_eq(hash_key_init(&b), 0);
	cr_assert_neq(memcmp(&a, &b, sizeof(a)), 0);
}
