/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* How groups leave the table. All their counts are kept. */
#include "counts/table_inside.h"
#include "state/state.h"

static void group_evict(struct table *t, struct group *g)
{
	static const struct group none;
	struct table_counts *counts = t->counts;

	for (int cause = 0; cause < WIRE_CAUSES; cause++)
		state_add(t->state, &counts->evicted, g->retransmitted[cause]);
	state_add(t->state, &counts->evicted_sent, g->sent);
	state_add(t->state, &counts->evicted_bytes, g->bytes);
	state_add(t->state, &counts->evicted_connections, g->connections);
	for (int i = 0; i < WIRE_RESETS; i++)
		state_add(t->state, &counts->evicted_resets[i], g->resets[i]);
	state_add(t->state, &counts->evicted_received, g->received);
	state_add(t->state, &counts->evicted_out_of_order, g->out_of_order);
	state_add(t->state, &counts->evicted_spurious, g->spurious);
	state_add(t->state, &counts->evicted_stall_us, g->stall_us);
	for (int i = 0; i < WIRE_PHASES; i++)
		state_add(t->state, &counts->evicted_ended[i], g->ended[i]);
	state_copy(t->state, g, &none, sizeof(*g));
}

static void group_remove(struct table *t, uint32_t number)
{
	struct group *g = &t->groups[number];
	unsigned series = group_series(g);

	ranks_remove(t, number, rank_of(g));
	slots_remove(&t->slots, slot_find(t, &g->key, tag_of(t, &g->key)));
	t->size.groups--;
	t->size.series -= series;
	t->ranks.links[number].next = t->free_first;
	t->free_first = number;
	t->recents[number] = (struct recent){0};
	group_evict(t, g);
	state_add(t->state, &t->counts->evicted_groups, 1);
}

bool table_displace(struct table *table, enum rank from, enum rank below)
{
	for (enum rank rank = from; rank < below; rank++) {
		uint32_t number = table->ranks.lists[rank].first;

		if (number == RANK_END)
			continue;
		group_remove(table, number);
		return true;
	}
	return false;
}

/* A state from another time namespace may have later times, so the difference is signed. */
static bool is_idle(const struct group *g, uint32_t idle_s, struct table_time now)
{
	return g->created_s != 0 && (int64_t)now.monotonic_s - g->used_s >= idle_s;
}

void table_expire(struct table *table, uint32_t count, uint32_t idle_s, struct table_time now)
{
	if (count > table->group_end)
		count = table->group_end;
	for (; count > 0; count--) {
		uint32_t number = table->expire_hand;

		table->expire_hand = number + 1 < table->group_end ? number + 1 : 0;
		if (!is_idle(&table->groups[number], idle_s, now))
			continue;
		group_remove(table, number);
		state_commit(table->state);
	}
}

void table_fold(struct table *table)
{
	for (uint32_t number = 0; number < table->group_end; number++) {
		if (table->groups[number].created_s == 0)
			continue;
		group_remove(table, number);
		state_commit(table->state);
	}
	group_evict(table, &table->counts->other);
	state_commit(table->state);
}
