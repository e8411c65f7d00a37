/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "counts/slots.h"

#include <errno.h>
#include <stdlib.h>

#define SLOTS_FIRST 512

int slots_init(struct slots *slots)
{
	slots->slots = calloc(SLOTS_FIRST, sizeof(*slots->slots));
	slots->mask = SLOTS_FIRST - 1;
	return slots->slots ? 0 : -ENOMEM;
}

void slots_deinit(struct slots *slots)
{
	free(slots->slots);
}

/* Doubles the table when fewer than a quarter of the slots would be empty. */
int slots_reserve(struct slots *slots, uint32_t used)
{
	struct slots more = {.mask = 2 * slots->mask + 1};

	if (used < slots->mask / 4 * 3)
		return 0;
	more.slots = calloc((size_t)more.mask + 1, sizeof(*more.slots));
	if (!more.slots)
		return -ENOMEM;
	for (uint32_t i = 0; i <= slots->mask; i++) {
		uint32_t to = slots->slots[i].tag & more.mask;

		if (slots->slots[i].group == 0)
			continue;
		while (more.slots[to].group != 0)
			to = (to + 1) & more.mask;
		more.slots[to] = slots->slots[i];
	}
	free(slots->slots);
	*slots = more;
	return 0;
}

/* Moves later slots into the gap, if their home is at or before the gap (Knuth 6.4, R). */
void slots_remove(struct slots *slots, struct slot *slot)
{
	struct slot *all = slots->slots;
	uint32_t mask = slots->mask, gap = (uint32_t)(slot - all);

	for (uint32_t i = (gap + 1) & mask; all[i].group != 0; i = (i + 1) & mask) {
		uint32_t home = all[i].tag & mask;

		if (((i - home) & mask) < ((i - gap) & mask))
			continue;
		all[gap] = all[i];
		gap = i;
	}
	all[gap] = (struct slot){0};
}
