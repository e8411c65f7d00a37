/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Recent counts are those of this minute and of the minute before. */
#include <criterion/criterion.h>

#include "counts/recent.h"

/*
 * Counts at second `s`: `sent` is also the number of resets. Then reads the counts.
 */
static void count(
	struct recent *r, uint32_t *used_s, uint32_t s, uint32_t retransmitted, uint32_t sent)
{
	recent_turn(r, *used_s, s);
	recent_count(r, s, retransmitted, sent, sent);
	*used_s = s;
}

static void expect(
	const struct recent *r, uint32_t used_s, uint32_t s, uint64_t retransmitted, uint64_t sent)
{
	struct recent_counts counts = recent_read(*r, used_s, s);

	cr_assert_eq(counts.retransmitted, retransmitted, "at %u", s);
	cr_assert_eq(counts.sent, sent, "at %u", s);
	cr_assert_eq(counts.resets, sent, "at %u", s);
}

Test(recent, counts_this_minute_and_the_one_before)
{
	struct recent r = {0};
	uint32_t used_s = 0;

	count(&r, &used_s, 6000, 3, 10);
	count(&r, &used_s, 6059, 4, 20);
	expect(&r, used_s, 6059, 7, 30);
	expect(&r, used_s, 6119, 7, 30);
	expect(&r, used_s, 6120, 0, 0);
	count(&r, &used_s, 6060, 5, 1);
	expect(&r, used_s, 6060, 12, 31);
	expect(&r, used_s, 6120, 5, 1);
	expect(&r, used_s, 6180, 0, 0);
	/* After two minutes the same half is used again. It must not contain the old count. */
	count(&r, &used_s, 6180, 1, 1);
	expect(&r, used_s, 6180, 1, 1);
	count(&r, &used_s, 60000, 2, 2);
	expect(&r, used_s, 60000, 2, 2);
}

Test(recent, stays_at_its_maximum)
{
	struct recent r = {0};
	uint32_t used_s = 0;

	count(&r, &used_s, 60, UINT32_MAX - 1, UINT32_MAX);
	count(&r, &used_s, 61, 5, 5);
	count(&r, &used_s, 120, UINT32_MAX, 1);
	expect(&r, used_s, 120, 2 * (uint64_t)UINT32_MAX, (uint64_t)UINT32_MAX + 1);
}

Test(recent, span)
{
	cr_assert_eq(recent_span_s(6000), 60);
	cr_assert_eq(recent_span_s(6059), 119);
	cr_assert_eq(recent_span_s(6060), 60);
}
