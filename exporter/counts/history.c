/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "counts/history.h"

#include <errno.h>
#include <stdlib.h>

int history_new(struct history **history)
{
	*history = calloc(1, sizeof(**history));
	return *history ? 0 : -ENOMEM;
}

void history_free(struct history *history)
{
	free(history);
}

/* Whether a sample is due. It may be half a second early, because timers vary a little. */
static bool is_due(const struct history *history, uint64_t monotonic_ms)
{
	uint32_t count = history_count(history);

	return count == 0 || monotonic_ms - history_at(history, count - 1)->monotonic_ms >=
				     HISTORY_SECONDS * 1000 - 500;
}

static void take_scope(
	struct history_sample *sample, const struct ledger *ledger, enum wire_scope scope)
{
	for (enum wire_cause cause = WIRE_CAUSE_SYN; cause < WIRE_CAUSES; cause++)
		sample->counters[history_counter(scope, cause)] =
			ledger_value(ledger, WIRE_COUNTER_SEGMENTS, cause, scope);
	for (enum wire_reset direction = 0; direction < WIRE_RESETS; direction++)
		sample->counters[history_resets(scope, direction)] =
			ledger_value(ledger, WIRE_COUNTER_RESETS, direction, scope);
}

/* Returns a counter of the kernel, or its last value if the counter is unknown now. */
static uint64_t kernel_counter(const struct history *history, unsigned counter,
	const struct ledger *ledger, enum wire_counter_id id)
{
	uint32_t count = history_count(history);

	if (ledger_known(ledger, id, 0, 0))
		return ledger_value(ledger, id, 0, 0);
	return count > 0 ? history_at(history, count - 1)->counters[counter] : 0;
}

void history_take(struct history *history, const struct ledger *ledger, uint64_t monotonic_ms)
{
	struct history_sample *sample = &history->samples[history->taken % HISTORY_SAMPLES];

	if (!is_due(history, monotonic_ms))
		return;
	sample->monotonic_ms = monotonic_ms;
	for (enum wire_scope scope = 0; scope < WIRE_SCOPES; scope++)
		take_scope(sample, ledger, scope);
	sample->counters[HISTORY_KERNEL_RETRANS] = kernel_counter(
		history, HISTORY_KERNEL_RETRANS, ledger, WIRE_COUNTER_KERNEL_RETRANS_SEGS);
	sample->counters[HISTORY_KERNEL_OUT] =
		kernel_counter(history, HISTORY_KERNEL_OUT, ledger, WIRE_COUNTER_KERNEL_OUT_SEGS);
	history->taken++;
}
