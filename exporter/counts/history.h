/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The counters of the last ten minutes, for the plot of the page. There is a sample every 5
 * seconds. Without a collector there are no new samples. All samples take 22 KiB.
 */
#ifndef REXMIT_HISTORY_H
#define REXMIT_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "counts/ledger.h"
#include "protocol/wire.h"

#define HISTORY_SECONDS 5
#define HISTORY_SAMPLES 121 /* 120 differences between samples: ten minutes */

/* Indices of a sample's counters. The first indices are segments, by scope and cause. */
enum {
	HISTORY_RESETS = WIRE_SCOPES * WIRE_CAUSES, /* by scope and direction */
	HISTORY_KERNEL_RETRANS = HISTORY_RESETS + WIRE_SCOPES * WIRE_RESETS, /* RetransSegs */
	HISTORY_KERNEL_OUT,                                                  /* OutSegs */
	HISTORY_COUNTERS,
};

struct history_sample {
	uint64_t monotonic_ms;
	uint64_t counters[HISTORY_COUNTERS];
};

static inline unsigned history_counter(enum wire_scope scope, enum wire_cause cause)
{
	return scope * WIRE_CAUSES + cause;
}

static inline unsigned history_resets(enum wire_scope scope, enum wire_reset direction)
{
	return HISTORY_RESETS + scope * WIRE_RESETS + direction;
}

struct history {
	struct history_sample samples[HISTORY_SAMPLES];
	uint32_t taken; /* number of samples since the start */
};

/* Returns 0 or -ENOMEM. */
int history_new(struct history **history);
void history_free(struct history *history);

/* Takes a sample if the last one is old enough. Call this about once a second. */
void history_take(struct history *history, const struct ledger *ledger, uint64_t monotonic_ms);

static inline uint32_t history_count(const struct history *history)
{
	return history->taken < HISTORY_SAMPLES ? history->taken : HISTORY_SAMPLES;
}

/* Returns sample `index`; 0 is the oldest. */
static inline const struct history_sample *history_at(const struct history *history, uint32_t index)
{
	uint32_t first = history->taken - history_count(history);

	return &history->samples[(first + index) % HISTORY_SAMPLES];
}

#endif
