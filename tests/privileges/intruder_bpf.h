/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Calls of bpf(2) that an attacker would try. They return a negative number on failure. */
#ifndef REXMIT_INTRUDER_BPF_H
#define REXMIT_INTRUDER_BPF_H

/* Creates the map for update_map() and get_info(), if this user may create maps. */
void prepare_map(void);
long create_map(void);
long update_map(void);
long get_info(void);
long load_program(void);
long open_tracepoint(void);

#endif
