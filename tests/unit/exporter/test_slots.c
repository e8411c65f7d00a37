/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include <criterion/criterion.h>

#include "counts/slots.h"

static uint32_t group_of(const struct slots *slots, uint32_t tag)
{
	uint32_t at = tag & slots->mask;

	while (slots->slots[at].group != 0 && slots->slots[at].tag != tag)
		at = (at + 1) & slots->mask;
	return slots->slots[at].group;
}

/* Every slot is copied, also the first and the last. */
Test(slots, keeps_all_when_it_grows)
{
	struct slots slots;
	uint32_t mask;

	cr_assert_eq(slots_init(&slots), 0);
	mask = slots.mask;
	for (uint32_t i = 0; i <= mask; i++)
		if (i % 4 != 1)
			slots.slots[i] = (struct slot){.tag = i, .group = i + 1};
	cr_assert_eq(slots_reserve(&slots, mask / 4 * 3), 0);
	cr_assert_eq(slots.mask, 2 * mask + 1);
	for (uint32_t i = 0; i <= mask; i++)
		cr_assert_eq(group_of(&slots, i), i % 4 != 1 ? i + 1 : 0, "slot %u", i);
	slots_deinit(&slots);
}
