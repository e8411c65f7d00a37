/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "counts/top.h"

#include <stdbool.h>

static bool goes_before(const struct top_entry *a, const struct top_entry *b)
{
	return a->lately != b->lately ? a->lately > b->lately : a->ever > b->ever;
}

static void insert(
	struct top_entry *entries, unsigned *count, unsigned limit, const struct top_entry *entry)
{
	unsigned at;

	if (entry->ever == 0)
		return;
	if (*count < limit)
		++*count;
	else if (!goes_before(entry, &entries[limit - 1]))
		return;
	for (at = *count - 1; at > 0 && goes_before(entry, &entries[at - 1]); at--)
		entries[at] = entries[at - 1];
	entries[at] = *entry;
}

static void start_totals(struct top_totals *totals, const struct table_counts *counts)
{
	*totals = (struct top_totals){
		.retransmitted = counts->evicted,
		.spurious = counts->evicted_spurious,
		.stall_us = counts->evicted_stall_us,
		.received = counts->evicted_received,
		.out_of_order = counts->evicted_out_of_order,
	};
	for (unsigned phase = 0; phase < WIRE_PHASES; phase++)
		totals->ended[phase] = counts->evicted_ended[phase];
}

static void add_to_totals(
	struct top_totals *totals, const struct group *group, uint64_t retransmitted)
{
	totals->retransmitted += retransmitted;
	totals->spurious += group->spurious;
	totals->stall_us += group->stall_us;
	totals->received += group->received;
	totals->out_of_order += group->out_of_order;
	for (unsigned phase = 0; phase < WIRE_PHASES; phase++)
		totals->ended[phase] += group->ended[phase];
}

static void consider(
	struct top *top, const struct table *table, const struct group *group, uint32_t monotonic_s)
{
	struct top_entry entry = {
		.group = group,
		.recent = table_recent(table, group, monotonic_s),
	};

	entry.lately = entry.recent.retransmitted;
	for (unsigned cause = 0; cause < WIRE_CAUSES; cause++)
		entry.ever += group->retransmitted[cause];
	add_to_totals(&top->totals, group, entry.ever);
	insert(top->retransmitting, &top->retransmitting_count, TOP_GROUPS, &entry);
	entry.lately = entry.recent.resets;
	entry.ever = group->resets[WIRE_RESET_SENT] + group->resets[WIRE_RESET_RECEIVED];
	insert(top->resetting, &top->resetting_count, TOP_RESETTING, &entry);
}

void top_find(struct top *top, const struct table *table, uint32_t monotonic_s)
{
	const struct group *group;
	uint32_t cursor = 0;

	top->retransmitting_count = top->resetting_count = 0;
	start_totals(&top->totals, table_counts(table));
	while ((group = table_next(table, &cursor)))
		consider(top, table, group, monotonic_s);
	consider(top, table, &table_counts(table)->other, monotonic_s);
}
