/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The passwords that were right: by an HMAC of who asked, with what, for which hash, under a random
 * key. A hash that was changed is another one.
 */
#ifndef REXMIT_WEB_REMEMBERED_H
#define REXMIT_WEB_REMEMBERED_H

#include <stdbool.h>
#include <stdint.h>

#include "web_config/checker.h"

#define REMEMBERED 64
#define REMEMBERED_DIGEST_SIZE 32

struct remembered {
	uint8_t key[REMEMBERED_DIGEST_SIZE];
	uint8_t digests[REMEMBERED][REMEMBERED_DIGEST_SIZE];
	unsigned next; /* to be written over */
};

/* Before system calls are restricted. Returns 0 or -EIO. */
int remembered_init(struct remembered *remembered);

/* All of the question counts, also behind the end of its strings. `user` is below 1 KiB. */
void remembered_digest(const struct remembered *remembered, const struct checker_question *question,
	const char *user, uint8_t digest[REMEMBERED_DIGEST_SIZE]);
/* In a time that does not depend on which one it is, or how much of it. */
bool remembered_has(
	const struct remembered *remembered, const uint8_t digest[REMEMBERED_DIGEST_SIZE]);
void remembered_add(struct remembered *remembered, const uint8_t digest[REMEMBERED_DIGEST_SIZE]);

#endif
