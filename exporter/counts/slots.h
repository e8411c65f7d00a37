/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Finds a group by its hash: open addressing with linear probing.
 *
 * A slot stores a tag, so most comparisons and all moves do not read a group. A lookup starts at
 * `tag & mask` and ends at an empty slot. At least a quarter of the slots are empty.
 */
#ifndef REXMIT_SLOTS_H
#define REXMIT_SLOTS_H

#include <stdint.h>

struct slot {
	uint32_t tag;   /* low half of the hash: home of the slot, and a quick comparison */
	uint32_t group; /* number of the group + 1; 0: empty slot */
};

struct slots {
	struct slot *slots;
	uint32_t mask;
};

/* Returns 0 or -ENOMEM. */
int slots_init(struct slots *slots);
void slots_deinit(struct slots *slots);

/* Makes room for one slot more than `used`. Returns 0 or -ENOMEM. Slots may move. */
int slots_reserve(struct slots *slots, uint32_t used);

/* Empties a slot. Other slots may move. */
void slots_remove(struct slots *slots, struct slot *slot);

#endif
