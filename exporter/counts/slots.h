/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * A hash table of groups: open addressing with linear probing.
 *
 * A lookup starts at `tag & mask` and ends at an empty slot. At least a quarter of the slots are
 * empty. Because a slot stores the tag, most comparisons and all moves do not read a group.
 */
#ifndef REXMIT_SLOTS_H
#define REXMIT_SLOTS_H

#include <stdint.h>

struct slot {
	uint32_t tag;   /* low half of the hash */
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
