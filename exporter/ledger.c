/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "ledger.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct value {
	uint64_t base;    /* of the instances before */
	uint64_t current; /* of this one */
	bool known;
};

/* What wire.h says of an id. */
struct kind {
	uint16_t labels, scopes;
	bool lasting; /* counts up from an instance's start, else is passed on as it is told */
	bool process; /* counts up from the collector's start, which pinned maps outlive */
};

static const struct kind kinds[WIRE_COUNTER_IDS] = {
	[WIRE_COUNTER_SEGMENTS] = {WIRE_CAUSES, WIRE_SCOPES, true},
	[WIRE_COUNTER_UNATTRIBUTED] = {WIRE_CAUSES, 1, true},
	[WIRE_COUNTER_DEFERRED] = {1, 1, false},
	[WIRE_COUNTER_FAILURES] = {WIRE_ERRNOS, 1, true},
	[WIRE_COUNTER_MISSED] = {WIRE_PROGRAMS, 1, true},
	[WIRE_COUNTER_KERNEL_RETRANS_SEGS] = {1, 1, false},
	[WIRE_COUNTER_KERNEL_OUT_SEGS] = {1, 1, false},
	[WIRE_COUNTER_RING_SIZE] = {1, 1, false},
	[WIRE_COUNTER_RING_USED] = {1, 1, false},
	[WIRE_COUNTER_DEFERRALS] = {1, 1, true},
	[WIRE_COUNTER_PEERS_REFUSED] = {WIRE_REFUSALS, 1, true, true},
	[WIRE_COUNTER_MEMORY] = {1, 1, false},
	[WIRE_COUNTER_CPU_NS] = {1, 1, true, true},
	[WIRE_COUNTER_SENT_UNATTRIBUTED] = {1, 1, true},
};

struct ledger {
	struct value *values[WIRE_COUNTER_IDS]; /* by label, then scope; into `storage` */
	struct value storage[];
};

static uint32_t kind_size(unsigned id)
{
	return (uint32_t)kinds[id].labels * kinds[id].scopes;
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
	assert(id < WIRE_COUNTER_IDS && label < kinds[id].labels && scope < kinds[id].scopes);
	return &l->values[id][label * kinds[id].scopes + scope];
}

void ledger_take(struct ledger *ledger, const struct wire_counter *counter)
{
	struct value *v = value_at(ledger, counter->id, counter->label, counter->scope);

	if (kinds[counter->id].process && counter->value < v->current) {
		v->base += v->current;
		v->current = 0;
	}
	/* Within one instance a lasting value that goes back is wrong; it is not followed. */
	if (!kinds[counter->id].lasting || counter->value > v->current)
		v->current = counter->value;
	v->known = true;
}

void ledger_restart(struct ledger *ledger)
{
	for (unsigned id = 0; id < WIRE_COUNTER_IDS; id++) {
		for (uint32_t i = 0; kinds[id].lasting && i < kind_size(id); i++) {
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
		for (uint32_t i = 0; !kinds[id].lasting && i < kind_size(id); i++)
			ledger->values[id][i] = (struct value){0};
	}
}

uint32_t ledger_labels(enum wire_counter_id id)
{
	return kinds[id].labels;
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
