/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "process_names.h"

#include <string.h>

#include "protocol/codec.h"

void process_names_init(
	struct process_names *names, const struct process_table *table, const uint32_t *changes)
{
	names->table = table;
	names->changes = changes;
	process_names_forget(names);
}

void process_names_forget(struct process_names *names)
{
	memset(names->sent, 0, sizeof(names->sent));
	names->next = names->table ? 0 : WIRE_PROCESS_SLOTS;
}

/*
 * If the slot has changed, makes a record of the slot. Returns the number of records. A program
 * that is writing the slot increments `changes` later, so the next comparison finds the difference.
 */
static size_t compare_slot(struct process_names *names, uint32_t slot, union wire_record *record)
{
	const struct process_entry *entry = &names->table->entries[slot];
	uint64_t key = __atomic_load_n(&entry->key, __ATOMIC_ACQUIRE);
	union process_name name = {
		.words = {__atomic_load_n(&entry->name.words[0], __ATOMIC_RELAXED),
			__atomic_load_n(&entry->name.words[1], __ATOMIC_RELAXED)}};

	name.text[sizeof(name.text) - 1] = '\0';
	if (key == 0 || name.text[0] == '\0' ||
		(names->sent[slot].key == key &&
			memcmp(&names->sent[slot].name, &name, sizeof(name)) == 0))
		return 0;
	names->sent[slot].key = key;
	names->sent[slot].name = name;
	wire_process_init(record, slot, key, name.text);
	return 1;
}

size_t process_names_changed(struct process_names *names, union wire_record *records)
{
	uint32_t changes = names->table ? __atomic_load_n(names->changes, __ATOMIC_ACQUIRE) : 0;
	size_t n = 0;

	if (names->table && changes != names->compared) {
		names->compared = changes;
		names->next = 0;
	}
	for (; names->next < WIRE_PROCESS_SLOTS && n < WIRE_PACKET_RECORDS; names->next++)
		n += compare_slot(names, names->next, &records[n]);
	return n;
}
