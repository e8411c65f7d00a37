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

/* The record's values are the only ones known, although one of them is wrong. */
static void count(struct refused *refused, const struct wire_event *e)
{
	bool has_cause = e->cause > WIRE_CAUSE_NONE && e->cause < WIRE_CAUSES;

	refused->segments[has_cause ? e->cause : WIRE_CAUSE_UNKNOWN] += e->segments;
	refused->sent += e->segments_sent;
	refused->connections += (e->flags & WIRE_EVENT_ENDED) != 0;
	refused->resets[WIRE_RESET_SENT] += e->resets_sent;
	refused->resets[WIRE_RESET_RECEIVED] += e->resets_received;
}

bool refused_check(struct refused *refused, const union wire_record *record)
{
	enum wire_error error = error_of(record);
	const struct wire_event *e = &record->event;

	if (error == WIRE_OK)
		return true;
	if (e->position <= refused->position)
		return false;
	refused->position = e->position;
	if (record->type == WIRE_EVENT)
		count(refused, e);
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
	bool possible = refused->segments[WIRE_CAUSE_NONE] == 0 &&
			is_sum(refused->sent, records, UINT32_MAX) &&
			is_sum(refused->connections, records, 1);

	for (unsigned cause = 0; cause < WIRE_CAUSES; cause++)
		possible = possible && is_sum(refused->segments[cause], records, UINT32_MAX);
	for (unsigned direction = 0; direction < WIRE_RESETS; direction++)
		possible = possible && is_sum(refused->resets[direction], records, UINT16_MAX);
	return possible;
}

void refused_add(const struct refused *refused, struct counters *counters)
{
	for (unsigned cause = 0; cause < WIRE_CAUSES; cause++)
		counters->unattributed[cause] += refused->segments[cause];
	counters->sent_unattributed += refused->sent;
	counters->connections_unattributed += refused->connections;
	for (unsigned direction = 0; direction < WIRE_RESETS; direction++)
		counters->resets_unattributed[direction] += refused->resets[direction];
}
