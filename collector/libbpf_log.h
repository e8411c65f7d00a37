/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Messages of libbpf become debug lines of the log. One thing in them is remembered. */
#ifndef REXMIT_LIBBPF_LOG_H
#define REXMIT_LIBBPF_LOG_H

/* To be called before any other function of libbpf, which writes to standard error until then. */
void libbpf_log_init(void);

/*
 * The member of a kernel structure that the last refused program needs and this kernel does not
 * have, such as "struct tcp_sock.total_retrans". NULL: none was missing. The names of all members
 * that the programs read are in the relocations of the BPF object, so no other list is necessary.
 */
const char *libbpf_log_missing_member(void);

#endif
