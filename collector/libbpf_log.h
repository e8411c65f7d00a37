/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Writes the messages of libbpf to the log at level debug, and finds missing members in them. */
#ifndef REXMIT_LIBBPF_LOG_H
#define REXMIT_LIBBPF_LOG_H

/* Must be called before libbpf's other functions. Until then libbpf writes to standard error. */
void libbpf_log_init(void);

/*
 * Returns the member of a kernel structure that a program needs and this kernel does not have, such
 * as "struct tcp_sock.total_retrans". Returns NULL if no member was missing.
 */
const char *libbpf_log_missing_member(void);

#endif
