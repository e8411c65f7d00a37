/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "counts/hash.h"

#include <errno.h>
#include <sys/random.h>

int hash_key_init(struct hash_key *key)
{
	/* getrandom(2) always returns up to 256 bytes in full. */
	return getrandom(key, sizeof(*key), 0) == (ssize_t)sizeof(*key) ? 0 : -errno;
}
