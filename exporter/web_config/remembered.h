/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Right passwords, remembered as HMACs of user, password and hash, with a random key. If the hash
 * changes, the password is forgotten.
 */
#ifndef REXMIT_WEB_REMEMBERED_H
#define REXMIT_WEB_REMEMBERED_H

#include <stdbool.h>
#include <stdint.h>

#include "web_config/bcrypt_checker.h"

#define REMEMBERED 64
#define REMEMBERED_DIGEST_SIZE 32

struct remembered {
	uint8_t key[REMEMBERED_DIGEST_SIZE];
	uint8_t digests[REMEMBERED][REMEMBERED_DIGEST_SIZE];
	unsigned next; /* next entry to overwrite */
};

/* Call this before system calls are restricted. Returns 0 or -EIO. */
int remembered_init(struct remembered *remembered);

/*
 * Hashes all bytes of the question, including the bytes after its strings. `user` has less than
 * 1024 bytes.
 */
void remembered_digest(const struct remembered *remembered, const struct checker_question *question,
	const char *user, uint8_t digest[REMEMBERED_DIGEST_SIZE]);
/* Runs in constant time. */
bool remembered_has(
	const struct remembered *remembered, const uint8_t digest[REMEMBERED_DIGEST_SIZE]);
void remembered_add(struct remembered *remembered, const uint8_t digest[REMEMBERED_DIGEST_SIZE]);

#endif
