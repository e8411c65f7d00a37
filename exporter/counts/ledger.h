/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The collector's COUNTER values, as the exporter shows them.
 *
 * Values that start at zero with each instance of the collector are cumulative. The ledger adds up
 * the values of all instances, so a sum never decreases. With a state file, this includes restarts
 * of the exporter. Gauges and the kernel's counters are momentary: they are known only while the
 * collector sends them.
 */
#ifndef REXMIT_LEDGER_H
#define REXMIT_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/wire.h"

/* A momentary value that was not sent for this time is unknown. */
#define LEDGER_FRESH_SECONDS 10

struct ledger;
struct state;

size_t ledger_size(void);

/* Returns 0 or a negative errno. */
int ledger_new(struct ledger **ledger, struct state *state);
void ledger_free(struct ledger *ledger);

/* `counter` must have passed wire_packet_check(). */
void ledger_take(struct ledger *ledger, const struct wire_counter *counter);

/* Call this when another instance connects. Its values are added to the present sums. */
void ledger_restart(struct ledger *ledger);

/* Makes momentary values unknown. Call this when the connection is lost. */
void ledger_lose(struct ledger *ledger);

/* Makes old momentary values unknown. Call this once a second while connected. */
void ledger_second(struct ledger *ledger);

/* Returns 0 for an unknown value. `label` and `scope` must be within wire_counter_kinds. */
uint64_t ledger_value(
	const struct ledger *ledger, enum wire_counter_id id, uint32_t label, uint32_t scope);

/* Whether the value is known. A cumulative value stays known after it was sent once. */
bool ledger_known(
	const struct ledger *ledger, enum wire_counter_id id, uint32_t label, uint32_t scope);

#endif
