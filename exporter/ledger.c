/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "ledger.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "counter_kinds.h"

struct value {
	uint64_t base;    /* of the instances before */
	uint64_t current; /* of this one */
	bool known;
};

/* Whether it counts up from the start of something that may be restarted. */
static bool is_lasting(unsigned id)
{
	return wire_counter_kinds[id].since != WIRE_MOMENTARY;
}

struct ledger {
	struct value *values[WIRE_COUNTER_IDS]; /* by label, then scope; into `storage` */
	struct value storage[];
};

static uint32_t kind_size(unsigned id)
{
	return (uint32_t)wire_counter_kinds[id].labels * wire_counter_kinds[id].scopes;
}

int ledger_new(struct ledger **ledger)
{
	size_t count = 0;
	struct ledger *l;

	for (unsigned id = 0; id < WIRE_COUNTER_IDS; id++)
		count += kind_size(id);
	l = calloc(1, sizeof(*l) + count * sizeof(l->storage[0]));
	if (!l)
		return -ENOMEM;
	count = 0;
	for (unsigned id = 0; id < WIRE_COUNTER_IDS; count += kind_size(id++))
		l->values[id] = &l->storage[count];
	*ledger = l;
	return 0;
}

void ledger_free(struct ledger *ledger)
{
	free(ledger);
}

static struct value *value_at(const struct ledger *l, unsigned id, uint32_t label, uint32_t scope)
{
	assert(id < WIRE_COUNTER_IDS && label < wire_counter_kinds[id].labels &&
		scope < wire_counter_kinds[id].scopes);
	return &l->values[id][label * wire_counter_kinds[id].scopes + scope];
}

void ledger_take(struct ledger *ledger, const struct wire_counter *counter)
{
	struct value *v = value_at(ledger, counter->id, counter->label, counter->scope);

	if (wire_counter_kinds[counter->id].since == WIRE_SINCE_START &&
		counter->value < v->current) {
		v->base += v->current;
		v->current = 0;
	}
	/* Within one instance a lasting value that goes back is wrong; it is not followed. */
	if (!is_lasting(counter->id) || counter->value > v->current)
		v->current = counter->value;
	v->known = true;
}

void ledger_restart(struct ledger *ledger)
{
	for (unsigned id = 0; id < WIRE_COUNTER_IDS; id++) {
		for (uint32_t i = 0; is_lasting(id) && i < kind_size(id); i++) {
			struct value *v = &ledger->values[id][i];

			/* Most errnos are never told; their pages stay untouched. */
			if (!v->known)
				continue;
			v->base += v->current;
			v->current = 0;
		}
	}
}

void ledger_lose(struct ledger *ledger)
{
	for (unsigned id = 0; id < WIRE_COUNTER_IDS; id++) {
		for (uint32_t i = 0; !is_lasting(id) && i < kind_size(id); i++)
			ledger->values[id][i] = (struct value){0};
	}
}

uint32_t ledger_labels(enum wire_counter_id id)
{
	return wire_counter_kinds[id].labels;
}

uint64_t ledger_value(
	const struct ledger *ledger, enum wire_counter_id id, uint32_t label, uint32_t scope)
{
	const struct value *v = value_at(ledger, id, label, scope);

	return v->base + v->current;
}

bool ledger_known(
	const struct ledger *ledger, enum wire_counter_id id, uint32_t label, uint32_t scope)
{
	return value_at(ledger, id, label, scope)->known;
}
