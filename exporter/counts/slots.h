/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Where a group is found by its hash: open addressing, linear probing.
 *
 * A slot has a tag, so that most compares and all moves touch no group. Whoever looks for a key
 * walks from `tag & mask` to an empty slot; a quarter of them are.
 */
#ifndef REXMIT_SLOTS_H
#define REXMIT_SLOTS_H

#include <stdint.h>

struct slot {
	uint32_t tag;   /* low half of the hash: where the slot belongs, and most of the compare */
	uint32_t group; /* its number + 1; 0: an empty slot */
};

struct slots {
	struct slot *slots;
	uint32_t mask;
};

/* Returns 0 or -ENOMEM. */
int slots_init(struct slots *slots);
void slots_deinit(struct slots *slots);

/* Makes room for one more than `used`. Returns 0 or -ENOMEM; slots may move. */
int slots_reserve(struct slots *slots, uint32_t used);

/* Empties a slot; others may move. */
void slots_remove(struct slots *slots, struct slot *slot);

#endif
