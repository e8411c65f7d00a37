/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "top.h"

#include <stdbool.h>

static bool goes_before(const struct top_entry *a, const struct top_entry *b)
{
	if (a->recent.retransmitted != b->recent.retransmitted)
		return a->recent.retransmitted > b->recent.retransmitted;
	return a->retransmitted > b->retransmitted;
}

static void insert(struct top_entry top[TOP_GROUPS], unsigned *count, const struct top_entry *entry)
{
	unsigned at = *count;

	if (at == TOP_GROUPS && !goes_before(entry, &top[--at]))
		return;
	for (; at > 0 && goes_before(entry, &top[at - 1]); at--)
		top[at] = top[at - 1];
	top[at] = *entry;
	if (*count < TOP_GROUPS)
		++*count;
}

static void consider(struct top_entry top[TOP_GROUPS], unsigned *count, const struct table *table,
	const struct group *group, uint32_t monotonic_s)
{
	struct top_entry entry = {
		.group = group,
		.recent = table_recent(table, group, monotonic_s),
	};

	for (unsigned cause = 0; cause < WIRE_CAUSES; cause++)
		entry.retransmitted += group->retransmitted[cause];
	if (entry.retransmitted > 0)
		insert(top, count, &entry);
}

unsigned top_find(struct top_entry top[TOP_GROUPS], const struct table *table, uint32_t monotonic_s)
{
	const struct group *group;
	uint32_t cursor = 0;
	unsigned count = 0;

	while ((group = table_next(table, &cursor)))
		consider(top, &count, table, group, monotonic_s);
	consider(top, &count, table, &table_sums(table)->other, monotonic_s);
	return count;
}
