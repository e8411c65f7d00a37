/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The table of processes, which BPF programs write and the collector reads without a system call. */
#ifndef REXMIT_PROCESS_TABLE_H
#define REXMIT_PROCESS_TABLE_H

#include "protocol/process_key.h"

struct process_entry {
	uint64_t key; /* 0: free, or being written */
	union process_name name;
	uint32_t seen; /* when it was last found in use, as of `seconds` */
	uint32_t reserved;
};

struct process_table {
	struct process_entry entries[WIRE_PROCESS_SLOTS];
};

#endif
