/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The calls of bpf(2) that an attacker would try. Each returns a negative number if it fails. */
#ifndef REXMIT_INTRUDER_BPF_H
#define REXMIT_INTRUDER_BPF_H

/* Creates the map of update_map() and get_info(), if this user may. */
void prepare_map(void);
long create_map(void);
long update_map(void);
long get_info(void);
long load_program(void);
long open_tracepoint(void);

#endif
