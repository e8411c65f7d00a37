/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "cgroup_names.h"

#include <stdbool.h>
#include <string.h>

#include "protocol/codec.h"

void cgroup_names_init(struct cgroup_names *names, cgroup_path_cb find, void *context)
{
	names->find = find;
	names->context = context;
	cgroup_names_forget(names);
}

void cgroup_names_forget(struct cgroup_names *names)
{
	memset(names->remembered, 0, sizeof(names->remembered));
	cgroup_names_ask_again(names);
}

void cgroup_names_ask_again(struct cgroup_names *names)
{
	memset(names->unknown, 0, sizeof(names->unknown));
}

static bool find_name(struct cgroup_names *names, uint64_t id, char path[WIRE_PATH_SIZE])
{
	uint64_t *unknown = &names->unknown[id % CGROUP_NAMES_UNKNOWN];

	if (!names->find || *unknown == id)
		return false;
	if (!names->find(names->context, id, path))
		return true;
	*unknown = id;
	return false;
}

static bool id_is_remembered(const uint64_t slot[WIRE_CGROUP_WAYS], uint64_t id)
{
	for (size_t way = 0; way < WIRE_CGROUP_WAYS; way++)
		if (slot[way] == id)
			return true;
	return false;
}

static void remember_id(uint64_t slot[WIRE_CGROUP_WAYS], uint64_t id)
{
	memmove(slot + 1, slot, (WIRE_CGROUP_WAYS - 1) * sizeof(*slot));
	slot[0] = id;
}

static bool is_among(const union wire_record *events, size_t n, uint64_t id)
{
	for (size_t i = 0; id && i < n; i++)
		if (events[i].event.cgroup_id == id)
			return true;
	return false;
}

/*
 * Makes the records of a path, and returns their number. Makes none if the exporter would refuse
 * them: then it would receive no later record either (refused.h).
 */
static size_t make_name(union wire_record *records, uint64_t id, const char *path)
{
	size_t n = wire_name_init(records, id, path);

	return wire_packet_check(records, n * sizeof(*records), WIRE_FROM_COLLECTOR) ? 0 : n;
}

size_t cgroup_names_before(struct cgroup_names *names, const union wire_record *events,
	size_t *n_events, union wire_record *records)
{
	size_t n = 0;

	for (size_t i = 0; i < *n_events; i++) {
		uint64_t id = events[i].event.cgroup_id;
		uint64_t *slot = names->remembered[id % WIRE_CGROUP_SLOTS];
		char path[WIRE_PATH_SIZE];

		if (id == 0 || id_is_remembered(slot, id) || !find_name(names, id, path))
			continue;
		/* A name waits for the next packet if this packet is full, or if the name would
		 * replace a name that this packet's events need. */
		if (n + WIRE_NAME_RECORDS > WIRE_PACKET_RECORDS ||
			is_among(events, i, slot[WIRE_CGROUP_WAYS - 1])) {
			*n_events = i;
			break;
		}
		n += make_name(&records[n], id, path);
		remember_id(slot, id);
	}
	return n;
}
