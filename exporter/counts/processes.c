/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "counts/processes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/process_key.h"

struct processes {
	struct names *names;
	struct {
		uint64_t key; /* 0: none */
		uint16_t number;
	} slots[WIRE_PROCESS_SLOTS];
};

/*
 * Whether the name has another meaning as a value, such as "unknown". With such a name, two series
 * could have the same labels, and Prometheus would refuse the whole scrape.
 */
static bool is_taken(const char *name)
{
	return strcmp(name, names_text(NULL, NAME_UNKNOWN)) == 0 ||
	       strcmp(name, group_overflow_value(GROUP_PROCESS)) == 0;
}

static void slot_release(struct processes *p, uint32_t slot)
{
	if (p->slots[slot].number != NAME_UNKNOWN)
		names_release(p->names, p->slots[slot].number);
}

void processes_forget(struct processes *processes)
{
	for (uint32_t slot = 0; slot < WIRE_PROCESS_SLOTS; slot++)
		slot_release(processes, slot);
	memset(processes->slots, 0, sizeof(processes->slots));
}

void processes_take(struct processes *processes, const struct wire_process *process)
{
	slot_release(processes, process->slot);
	processes->slots[process->slot].key = process->key;
	processes->slots[process->slot].number =
		is_taken(process->name)
			? NAME_UNKNOWN
			: names_hold(processes->names, process->name, strlen(process->name));
}

static uint16_t process_of_key(const struct processes *p, uint64_t key)
{
	for (uint32_t way = 0; way < PROCESS_WAYS; way++) {
		uint32_t slot = process_slot(key, way);

		if (p->slots[slot].key == key)
			return p->slots[slot].number;
	}
	return NAME_UNKNOWN;
}

static uint16_t process_at(
	const struct processes *p, const struct wire_event *e, const uint8_t address[16])
{
	uint64_t words[2];

	memcpy(words, address, sizeof(words));
	return process_of_key(p, process_listener_key(e->netns, e->local_port, words));
}

/* Searches for a listener on the local address, then on 0.0.0.0, then on ::. */
static uint16_t process_of_listener(const struct processes *p, const struct wire_event *e)
{
	static const uint8_t any4[16] = {[10] = 0xff, [11] = 0xff}, any6[16];
	uint16_t number = process_at(p, e, e->local_addr);

	if (number == NAME_UNKNOWN && e->ip_version == 4)
		number = process_at(p, e, any4);
	return number == NAME_UNKNOWN ? process_at(p, e, any6) : number;
}

void processes_find(const struct processes *processes, const struct wire_event *event,
	struct group_names *names)
{
	uint16_t number = NAME_UNKNOWN;

	if (event->process != 0)
		number = process_of_key(processes, event->process);
	if (number == NAME_UNKNOWN && event->role == WIRE_ROLE_SERVER)
		number = process_of_listener(processes, event);
	names->number[GROUP_PROCESS - GROUP_CGROUP] = number;
}

int processes_new(struct processes **processes, struct names *names)
{
	struct processes *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->names = names;
	*processes = p;
	return 0;
}

void processes_free(struct processes *processes)
{
	free(processes);
}
