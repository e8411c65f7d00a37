/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "refused.h"

#include "common/log_limit.h"
#include "protocol/codec.h"

static enum wire_error error_of(const union wire_record *record)
{
	if (record->type != WIRE_EVENT)
		return WIRE_E_TYPE;
	return wire_packet_check(record, sizeof(*record), WIRE_FROM_COLLECTOR);
}

const struct refused_counts *refused_counts(const struct refused *refused)
{
	return &refused->counts[refused->valid & 1];
}

/* The record's values are the only ones known, although one of them is wrong. */
static void add_event(struct refused_counts *counts, const struct wire_event *e)
{
	bool has_cause = e->cause > WIRE_CAUSE_NONE && e->cause < WIRE_CAUSES;

	counts->segments[has_cause ? e->cause : WIRE_CAUSE_UNKNOWN] += e->segments;
	counts->sent += e->segments_sent;
	counts->connections += (e->flags & WIRE_EVENT_ENDED) != 0;
	counts->resets[WIRE_RESET_SENT] += e->resets_sent;
	counts->resets[WIRE_RESET_RECEIVED] += e->resets_received;
}

static void count(struct refused *refused, const union wire_record *record)
{
	uint64_t other = ~refused->valid & 1;
	struct refused_counts *counts = &refused->counts[other];

	*counts = *refused_counts(refused);
	counts->position = record->event.position;
	if (record->type == WIRE_EVENT)
		add_event(counts, &record->event);
	__atomic_store_n(&refused->valid, other, __ATOMIC_RELEASE);
}

bool refused_check(struct refused *refused, const union wire_record *record)
{
	enum wire_error error = error_of(record);
	const struct wire_event *e = &record->event;

	if (error == WIRE_OK)
		return true;
	if (e->position <= refused_counts(refused)->position)
		return false;
	count(refused, record);
	log_limited(LOG_LEVEL_ERROR,
		"not sending a record with a wrong %s at position %llu, with %u segments; this is "
		"a bug: please report it",
		wire_error_name(error), (unsigned long long)e->position, (unsigned)e->segments);
	return false;
}

/* Whether `records` records can have the sum `value`, if each has at most `each`. */
static bool is_sum(uint64_t value, uint64_t records, uint64_t each)
{
	return value == 0 || (value - 1) / each < records;
}

bool refused_is_possible(const struct refused *refused, uint64_t records)
{
	const struct refused_counts *counts = refused_counts(refused);
	bool possible = counts->segments[WIRE_CAUSE_NONE] == 0 &&
			is_sum(counts->sent, records, UINT32_MAX) &&
			is_sum(counts->connections, records, 1);

	for (unsigned cause = 0; cause < WIRE_CAUSES; cause++)
		possible = possible && is_sum(counts->segments[cause], records, UINT32_MAX);
	for (unsigned direction = 0; direction < WIRE_RESETS; direction++)
		possible = possible && is_sum(counts->resets[direction], records, UINT16_MAX);
	return possible;
}

void refused_add(const struct refused *refused, struct counters *counters)
{
	const struct refused_counts *counts = refused_counts(refused);

	for (unsigned cause = 0; cause < WIRE_CAUSES; cause++)
		counters->unattributed[cause] += counts->segments[cause];
	counters->sent_unattributed += counts->sent;
	counters->connections_unattributed += counts->connections;
	for (unsigned direction = 0; direction < WIRE_RESETS; direction++)
		counters->resets_unattributed[direction] += counts->resets[direction];
}
