/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The collector's COUNTER values, as they are presented.
 *
 * Values that begin at zero with each instance of the collector are carried on over its restarts,
 * so that a counter never goes down while the exporter runs or its state lasts. Values of the
 * moment and of the kernel are known only while the collector tells them.
 */
#ifndef REXMIT_LEDGER_H
#define REXMIT_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/wire.h"

/* A value of the moment that was not told for so long is not known: its source may be gone, alone. */
#define LEDGER_FRESH_SECONDS 10

struct ledger;
struct state;

/* How many bytes of a state it takes. */
size_t ledger_size(void);

/* Returns 0 or a negative errno. */
int ledger_new(struct ledger **ledger, struct state *state);
void ledger_free(struct ledger *ledger);

/* Takes a record that wire_packet_check() let through. */
void ledger_take(struct ledger *ledger, const struct wire_counter *counter);

/* Another instance: its values add to what was counted so far. */
void ledger_restart(struct ledger *ledger);

/* The collector is gone: what it alone knows of this moment is forgotten. */
void ledger_lose(struct ledger *ledger);

/* To be called every second while a collector tells its values, which it does every second. */
void ledger_second(struct ledger *ledger);

/* The value, 0 if it is not known; label and scope are in the bounds of wire_counter_kinds. */
uint64_t ledger_value(
	const struct ledger *ledger, enum wire_counter_id id, uint32_t label, uint32_t scope);

/* Whether it has been told: ever, or, a value of the moment, by the collector that is here now, lately. */
bool ledger_known(
	const struct ledger *ledger, enum wire_counter_id id, uint32_t label, uint32_t scope);

#endif
