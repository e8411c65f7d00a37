/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "metrics/ledger_text.h"

#include "protocol/codec.h"
#include "protocol/counter_kinds.h"
#include "protocol/wire.h"

static void write_sample(struct text *t, const struct ledger *ledger, enum wire_counter_id id,
	uint32_t label, uint32_t scope)
{
	const struct wire_counter_kind *kind = &wire_counter_kinds[id];
	const char *value = kind->label ? kind->label_value(label) : NULL;

	if (kind->sparse && !ledger_known(ledger, id, label, scope))
		return;
	text_begin(t, kind->name);
	if (value)
		text_label(t, kind->label, value);
	else if (kind->label)
		text_label_number(t, kind->label, label);
	if (kind->scopes > 1)
		text_label(t, "scope", wire_scope_name(scope));
	text_value_scaled(t, ledger_value(ledger, id, label, scope), kind->digits);
}

static void write_family(struct text *t, const struct ledger *ledger, enum wire_counter_id id)
{
	const struct wire_counter_kind *kind = &wire_counter_kinds[id];

	text_family(t, kind->name, kind->gauge ? TEXT_GAUGE : TEXT_COUNTER, kind->help);
	for (uint32_t label = kind->first_label; label < kind->labels; label++)
		for (uint32_t scope = 0; scope < kind->scopes; scope++)
			write_sample(t, ledger, id, label, scope);
}

/* Momentary values that the collector does not send now are outdated, and omitted. */
void ledger_write(struct text *text, const struct ledger *ledger, bool up)
{
	for (enum wire_counter_id id = 1; id < WIRE_COUNTER_IDS; id++) {
		if (wire_counter_kinds[id].since != WIRE_MOMENTARY ||
			(up && ledger_known(ledger, id, 0, 0)))
			write_family(text, ledger, id);
	}
}
