/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * The collector's COUNTER values, as the exporter shows them.
 *
 * Values that start at zero with each instance of the collector are cumulative: the ledger adds
 * them up over restarts of the collector. So they do not decrease while the exporter runs, nor over
 * its restarts with a state file. Gauges and the kernel's own counters are momentary: they are known
 * only while the collector sends them.
 */
#ifndef REXMIT_LEDGER_H
#define REXMIT_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/wire.h"

/* A momentary value that was not sent for this time is unknown, because its source may be gone. */
#define LEDGER_FRESH_SECONDS 10

struct ledger;
struct state;

/* Returns the size of a ledger in a state, in bytes. */
size_t ledger_size(void);

/* Returns 0 or a negative errno. */
int ledger_new(struct ledger **ledger, struct state *state);
void ledger_free(struct ledger *ledger);

/* `counter` must have passed wire_packet_check(). */
void ledger_take(struct ledger *ledger, const struct wire_counter *counter);

/* Call this when another instance connects. Its values are added to those of earlier instances. */
void ledger_restart(struct ledger *ledger);

/* Call this when the connection is lost. Momentary values become unknown. */
void ledger_lose(struct ledger *ledger);

/* Call this once a second while connected, because the collector sends its values once a second. */
void ledger_second(struct ledger *ledger);

/* Returns 0 for an unknown value. `label` and `scope` must be within wire_counter_kinds. */
uint64_t ledger_value(
	const struct ledger *ledger, enum wire_counter_id id, uint32_t label, uint32_t scope);

/* A cumulative value is known after it was sent once, a momentary value only while it is sent. */
bool ledger_known(
	const struct ledger *ledger, enum wire_counter_id id, uint32_t label, uint32_t scope);

#endif
