/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Counts of the current and the previous minute, which show where segments are lost now. They take
 * 24 bytes for each group. The minutes of all groups start at the same times.
 */
#ifndef REXMIT_RECENT_H
#define REXMIT_RECENT_H

#include <stdint.h>

#define RECENT_SECONDS 60

/* Indexed by minute % 2. Counts saturate at UINT32_MAX. */
struct recent {
	uint32_t retransmitted[2];
	uint32_t sent[2];
	uint32_t resets[2]; /* both directions */
};

struct recent_counts {
	uint64_t retransmitted, sent, resets;
};

static inline uint32_t recent_add(uint32_t sum, uint32_t count)
{
	return sum > UINT32_MAX - count ? UINT32_MAX : sum + count;
}

/* Clears counts of older minutes. `used_s` is the time of the last count. */
static inline void recent_turn(struct recent *recent, uint32_t used_s, uint32_t now_s)
{
	uint32_t last = used_s / RECENT_SECONDS, minute = now_s / RECENT_SECONDS;

	if (__builtin_expect(minute == last, 1))
		return;
	if (minute - last > 1)
		*recent = (struct recent){0};
	else
		recent->retransmitted[minute % 2] = recent->sent[minute % 2] =
			recent->resets[minute % 2] = 0;
}

/* Adds to the counts of the current minute. Call recent_turn() first. */
static inline void recent_count(struct recent *recent, uint32_t now_s, uint32_t retransmitted,
	uint32_t sent, uint32_t resets)
{
	unsigned odd = now_s / RECENT_SECONDS % 2;

	recent->retransmitted[odd] = recent_add(recent->retransmitted[odd], retransmitted);
	recent->sent[odd] = recent_add(recent->sent[odd], sent);
	recent->resets[odd] = recent_add(recent->resets[odd], resets);
}

/* Returns the counts of the last recent_span_s() seconds. */
static inline struct recent_counts recent_read(
	struct recent recent, uint32_t used_s, uint32_t now_s)
{
	recent_turn(&recent, used_s, now_s);
	return (struct recent_counts){
		.retransmitted = (uint64_t)recent.retransmitted[0] + recent.retransmitted[1],
		.sent = (uint64_t)recent.sent[0] + recent.sent[1],
		.resets = (uint64_t)recent.resets[0] + recent.resets[1],
	};
}

/* Seconds since the start of the previous minute: 60 to 119. */
static inline uint32_t recent_span_s(uint32_t now_s)
{
	return RECENT_SECONDS + now_s % RECENT_SECONDS;
}

#endif
