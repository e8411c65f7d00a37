/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "counts/ledger.h"

#include <errno.h>
#include <stdlib.h>

#include "common/invariant.h"
#include "protocol/counter_kinds.h"
#include "state/state.h"

struct value {
	uint64_t sum;  /* total over all instances; momentary: the last value sent */
	uint64_t last; /* last value that this instance sent */
	uint64_t era;  /* era in which a value was last sent; 0: never */
};

/* The ledger in the state. Incrementing an era makes all values of that kind outdated. */
struct kept {
	uint64_t instance; /* era of cumulative values: number of instances */
	uint64_t second;   /* era of momentary values: seconds (LEDGER_FRESH_SECONDS) */
	struct value values[];
};

struct ledger {
	struct state *state;
	struct kept *kept;
	struct value *values[WIRE_COUNTER_IDS]; /* by label, then scope */
};

static bool is_cumulative(unsigned id)
{
	return wire_counter_kinds[id].since != WIRE_MOMENTARY;
}

static uint32_t kind_size(unsigned id)
{
	return (uint32_t)wire_counter_kinds[id].labels * wire_counter_kinds[id].scopes;
}

size_t ledger_size(void)
{
	size_t count = 0;

	for (unsigned id = 0; id < WIRE_COUNTER_IDS; id++)
		count += kind_size(id);
	return sizeof(struct kept) + count * sizeof(struct value);
}

static int ledger_init(struct ledger *l, struct state *state)
{
	struct value *values;

	l->state = state;
	l->kept = state_part(state, STATE_LEDGER, ledger_size());
	if (!l->kept)
		return -ENOMEM;
	values = l->kept->values;
	for (unsigned id = 0; id < WIRE_COUNTER_IDS; values += kind_size(id++))
		l->values[id] = values;
	if (l->kept->instance == 0)
		ledger_restart(l);
	ledger_lose(l);
	state_commit(state);
	return 0;
}

int ledger_new(struct ledger **ledger, struct state *state)
{
	struct ledger *l = calloc(1, sizeof(*l));
	int r = l ? ledger_init(l, state) : -ENOMEM;

	if (r == 0)
		*ledger = l;
	else
		ledger_free(l);
	return r;
}

void ledger_free(struct ledger *ledger)
{
	if (!ledger)
		return;
	state_part_free(ledger->state, ledger->kept);
	free(ledger);
}

static struct value *value_at(const struct ledger *l, unsigned id, uint32_t label, uint32_t scope)
{
	invariant(id < WIRE_COUNTER_IDS && label < wire_counter_kinds[id].labels &&
		  scope < wire_counter_kinds[id].scopes);
	return &l->values[id][label * wire_counter_kinds[id].scopes + scope];
}

static uint64_t present_era(const struct ledger *l, unsigned id)
{
	return is_cumulative(id) ? l->kept->instance : l->kept->second;
}

/*
 * Adds the growth of a cumulative value. Within one instance of the collector the value does not
 * decrease, so a smaller value is ignored. With `may_restart`, a smaller value means that the value
 * started at zero again.
 */
static void grow(struct state *s, struct value *v, uint64_t value, bool may_restart)
{
	if (value < v->last && !may_restart)
		return;
	state_add(s, &v->sum, value < v->last ? value : value - v->last);
	state_set(s, &v->last, value);
}

void ledger_take(struct ledger *ledger, const struct wire_counter *counter)
{
	struct value *v = value_at(ledger, counter->id, counter->label, counter->scope);
	bool of_process = wire_counter_kinds[counter->id].since == WIRE_SINCE_START;
	uint64_t era = present_era(ledger, counter->id);
	struct state *s = ledger->state;

	if (v->era != era)
		state_set(s, &v->last, 0);
	state_set(s, &v->era, era);
	if (is_cumulative(counter->id))
		grow(s, v, counter->value, of_process);
	else
		state_set(s, &v->sum, counter->value);
}

void ledger_restart(struct ledger *ledger)
{
	state_add(ledger->state, &ledger->kept->instance, 1);
}

void ledger_lose(struct ledger *ledger)
{
	state_add(ledger->state, &ledger->kept->second, LEDGER_FRESH_SECONDS);
}

void ledger_second(struct ledger *ledger)
{
	state_add(ledger->state, &ledger->kept->second, 1);
	state_commit(ledger->state);
}

bool ledger_known(
	const struct ledger *ledger, enum wire_counter_id id, uint32_t label, uint32_t scope)
{
	const struct value *v = value_at(ledger, id, label, scope);

	return v->era != 0 &&
	       (is_cumulative(id) || ledger->kept->second - v->era < LEDGER_FRESH_SECONDS);
}

uint64_t ledger_value(
	const struct ledger *ledger, enum wire_counter_id id, uint32_t label, uint32_t scope)
{
	bool known = ledger_known(ledger, id, label, scope);

	return known ? value_at(ledger, id, label, scope)->sum : 0;
}
