/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The table of processes. BPF programs write it, and the collector maps it into its memory. */
#ifndef REXMIT_PROCESS_TABLE_H
#define REXMIT_PROCESS_TABLE_H

#include "protocol/process_key.h"

struct process_entry {
	uint64_t key; /* 0: free, or being written */
	union process_name name;
	uint32_t seen; /* `seconds` (newcomer.bpf.h) when a program last found the entry in use */
	uint32_t reserved;
};

struct process_table {
	struct process_entry entries[WIRE_PROCESS_SLOTS];
};

#endif
