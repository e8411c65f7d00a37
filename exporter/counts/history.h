/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The totals of the last ten minutes, so that the page has something to show at first sight: a
 * sample every 5 seconds, 22 KiB in all. While no collector tells the totals there are no samples.
 */
#ifndef REXMIT_HISTORY_H
#define REXMIT_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "counts/ledger.h"
#include "protocol/wire.h"

#define HISTORY_SECONDS 5
#define HISTORY_SAMPLES 121 /* 120 differences */

/* The totals of a sample: segments by scope and cause, resets by scope, and those of the kernel. */
enum {
	HISTORY_RESETS = WIRE_SCOPES * WIRE_CAUSES,
	HISTORY_KERNEL_RETRANS = HISTORY_RESETS + WIRE_SCOPES * WIRE_RESETS, /* of the host */
	HISTORY_KERNEL_OUT,
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
	uint32_t taken; /* ever */
};

/* Memory is used as samples come. Returns 0 or -ENOMEM. */
int history_new(struct history **history);
void history_free(struct history *history);

/* The totals of now, if the last sample is old enough; to be called about once a second. */
void history_take(struct history *history, const struct ledger *ledger, uint64_t monotonic_ms);

/* How many there are. */
static inline uint32_t history_count(const struct history *history)
{
	return history->taken < HISTORY_SAMPLES ? history->taken : HISTORY_SAMPLES;
}

/* That at `index`; 0 is the oldest. */
static inline const struct history_sample *history_at(const struct history *history, uint32_t index)
{
	uint32_t first = history->taken - history_count(history);

	return &history->samples[(first + index) % HISTORY_SAMPLES];
}

#endif
