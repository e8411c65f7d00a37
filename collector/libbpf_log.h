/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Writes the messages of libbpf to the log, at level debug, and finds missing members in them. */
#ifndef REXMIT_LIBBPF_LOG_H
#define REXMIT_LIBBPF_LOG_H

/* Must be called before libbpf's other functions. Until then libbpf writes to standard error. */
void libbpf_log_init(void);

/*
 * Returns the member of a kernel structure that this kernel does not have, so that a program was
 * refused. An example is "struct tcp_sock.total_retrans". Returns NULL if no member was missing.
 * libbpf reads the members that the programs need from the BPF object, so no list is necessary
 * here.
 */
const char *libbpf_log_missing_member(void);

#endif
