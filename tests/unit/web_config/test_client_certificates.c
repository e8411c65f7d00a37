/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Tests which Certificate messages are refused before OpenSSL reads their contents. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "web_config/client_certificates.h"

#define CERTIFICATE 11
#define P256                                                                                       \
	"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00"

static uint8_t message[4096];
static size_t size;

static void put(const void *bytes, size_t count)
{
	memcpy(message + size, bytes, count);
	size += count;
}

/* Starts a message. The lengths of the message and of the list do not matter. */
static void start(bool tls13)
{
	const uint8_t head[8] = {CERTIFICATE};

	size = 0;
	put(head, tls13 ? 8 : 7);
}

static void put_certificate(const char *contents, size_t length, bool tls13)
{
	const uint8_t head[] = {0, (uint8_t)(length >> 8), (uint8_t)length}, no_extensions[2] = {0};

	put(head, sizeof(head));
	put(contents, length);
	if (tls13)
		put(no_extensions, sizeof(no_extensions));
}

/* A copy of the exact size, so that a sanitizer finds each access past the end. */
static bool is_costly(size_t length, bool tls13)
{
	uint8_t *copy = malloc(length);
	bool costly;

	cr_assert_not_null(copy);
	memcpy(copy, message, length);
	costly = client_certificates_are_costly(copy, length, tls13);
	free(copy);
	return costly;
}

static bool chain_is_costly(unsigned certificates, bool tls13)
{
	start(tls13);
	for (unsigned i = 0; i < certificates; i++)
		put_certificate("abc", 3, tls13);
	return is_costly(size, tls13);
}

Test(client_certificates, long_chains)
{
	for (int tls13 = 0; tls13 <= 1; tls13++) {
		cr_assert_not(chain_is_costly(0, tls13));
		cr_assert_not(chain_is_costly(20, tls13));
		cr_assert(chain_is_costly(21, tls13));
		message[0]++; /* another message */
		cr_assert_not(is_costly(size, tls13));
	}
}

static bool key_is_costly(const char *key, size_t length)
{
	start(true);
	put_certificate("abc", 3, true);
	put_certificate(key, length, true);
	return is_costly(size, true);
}

#define KEY_IS_COSTLY(text) key_is_costly(text, sizeof(text) - 1)

Test(client_certificates, keys)
{
	cr_assert_not(KEY_IS_COSTLY(P256 "\x04"));
	cr_assert_not(KEY_IS_COSTLY(P256 "\x04 and " P256 "\x04"));
	cr_assert(KEY_IS_COSTLY(P256 "\x02"), "a point with one coordinate");
	cr_assert(KEY_IS_COSTLY(P256 "\x04 and " P256 "\x03"), "the second of two keys");
	cr_assert(
		KEY_IS_COSTLY("\x2a\x86\x48\xce\x3d\x02\x01\x30\x81\xf7"), "parameters of a curve");
	cr_assert(KEY_IS_COSTLY("\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x0a"),
		"secp256k1");
	cr_assert(KEY_IS_COSTLY("\x2a\x81\x1c\xcf\x55\x01\x82\x2d"), "SM2");
	cr_assert_not(KEY_IS_COSTLY("\x2a\x86\x48\xce\x3d\x04\x03\x02"), "a signature, not a key");
}

/* Cuts a message at each byte. Then a length says more than the message has. */
Test(client_certificates, truncated_messages)
{
	for (int tls13 = 0; tls13 <= 1; tls13++) {
		chain_is_costly(20, tls13);
		for (size_t length = 0; length <= size; length++)
			cr_assert_not(is_costly(length, tls13), "%zu", length);
	}
}
