/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "web_config/remembered.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <sys/random.h>

/*
 * Computes an HMAC before system calls are restricted, because for the first HMAC libcrypto reads
 * openssl.cnf and loads its providers.
 */
int remembered_init(struct remembered *r)
{
	uint8_t digest[REMEMBERED_DIGEST_SIZE];

	if (getrandom(r->key, sizeof(r->key), 0) != sizeof(r->key) ||
		!HMAC(EVP_sha256(), r->key, sizeof(r->key), digest, 0, digest, NULL))
		return -EIO;
	return 0;
}

void remembered_digest(const struct remembered *r, const struct checker_question *question,
	const char *user, uint8_t digest[REMEMBERED_DIGEST_SIZE])
{
	uint8_t text[sizeof(*question) + 1024] = {0};
	size_t length = strlen(user);

	memcpy(text, question, sizeof(*question));
	memcpy(text + sizeof(*question), user, length);
	HMAC(EVP_sha256(), r->key, sizeof(r->key), text, sizeof(*question) + length, digest, NULL);
	explicit_bzero(text, sizeof(text));
}

bool remembered_has(const struct remembered *r, const uint8_t digest[REMEMBERED_DIGEST_SIZE])
{
	bool found = false;

	for (unsigned i = 0; i < REMEMBERED; i++)
		found |= CRYPTO_memcmp(r->digests[i], digest, REMEMBERED_DIGEST_SIZE) == 0;
	return found;
}

void remembered_add(struct remembered *r, const uint8_t digest[REMEMBERED_DIGEST_SIZE])
{
	memcpy(r->digests[r->next++ % REMEMBERED], digest, REMEMBERED_DIGEST_SIZE);
}
