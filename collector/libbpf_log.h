/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Messages of libbpf become debug lines of the log. */
#ifndef REXMIT_LIBBPF_LOG_H
#define REXMIT_LIBBPF_LOG_H

/* To be called before any other function of libbpf, which writes to standard error until then. */
void libbpf_log_init(void);

#endif
