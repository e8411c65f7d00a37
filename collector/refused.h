/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Records of the ring that the protocol does not allow. A program with a bug could make one.
 *
 * The exporter would refuse the packet and connect again. The collector would send the record
 * again, because nobody acknowledged it, and so no later record would arrive. The collector
 * therefore applies the exporter's check first, and does not send such a record. ring_read() frees its
 * space.
 */
#ifndef REXMIT_REFUSED_H
#define REXMIT_REFUSED_H

#include <stdbool.h>

#include "bpf/counters.h"
#include "bpf/identity.h"
#include "protocol/wire.h"

/*
 * Returns whether the record may be sent. If not, counts what it reports in `refused`, and logs the
 * error. A record that is read again is not counted again.
 */
bool refused_check(struct refused *refused, const union wire_record *record);

/* Returns the counts, which are valid until the next refused_check(). */
const struct refused_counts *refused_counts(const struct refused *refused);

/*
 * Whether `records` read records can have left these counts. An attacker who controlled an earlier
 * collector may have written any number.
 */
bool refused_is_possible(const struct refused *refused, uint64_t records);

/* Adds the counts to the counters of what no record reported. */
void refused_add(const struct refused *refused, struct counters *counters);

#endif
