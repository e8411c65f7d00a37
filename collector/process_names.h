/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Records which slots of the table of processes the exporter knows. Makes PROCESS records for
 * others.
 */
#ifndef REXMIT_PROCESS_NAMES_H
#define REXMIT_PROCESS_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/process_table.h"
#include "protocol/wire.h"

struct process_names {
	const struct process_table *table; /* NULL: there are no names */
	const uint32_t *changes;           /* number of changes that BPF programs have made */
	uint32_t compared;                 /* `changes` when the last comparison started */
	uint32_t next;                     /* slot to compare next; WIRE_PROCESS_SLOTS: none */
	struct {
		uint64_t key;
		union process_name name;
	} sent[WIRE_PROCESS_SLOTS];
};

void process_names_init(
	struct process_names *names, const struct process_table *table, const uint32_t *changes);

/* Forgets what was sent. Must be called for each new exporter. */
void process_names_forget(struct process_names *names);

/*
 * Fills `records`, an array of WIRE_PACKET_RECORDS, with slots that have changed. Returns the
 * number of records. 0 means that the exporter knows all earlier changes.
 */
size_t process_names_changed(struct process_names *names, union wire_record *records);

#endif
