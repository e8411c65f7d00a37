/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* What the exporter knows of the table of processes, and PROCESS records for what has changed. */
#ifndef REXMIT_PROCESS_NAMES_H
#define REXMIT_PROCESS_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/process_table.h"
#include "protocol/wire.h"

struct process_names {
	const struct process_table *table; /* NULL: there are no names */
	const uint32_t *changes;           /* how often the BPF programs have changed the table */
	uint32_t compared;                 /* `changes` when the last comparison started */
	uint32_t next;                     /* slot to compare next; WIRE_PROCESS_SLOTS: none */
	struct {
		uint64_t key;
		union process_name name;
	} sent[WIRE_PROCESS_SLOTS];
};

/* `table` and `changes` are in memory that BPF programs write. */
void process_names_init(
	struct process_names *names, const struct process_table *table, const uint32_t *changes);

/* For a new exporter, which knows no names. */
void process_names_forget(struct process_names *names);

/*
 * Fills `records` (WIRE_PACKET_RECORDS of them) with slots that have changed. Returns their number;
 * 0 means that the exporter knows all that changed before this call.
 */
size_t process_names_changed(struct process_names *names, union wire_record *records);

#endif
