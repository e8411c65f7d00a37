/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* What libbpf has to say is for whoever debugs. */
#ifndef REXMIT_LIBBPF_LOG_H
#define REXMIT_LIBBPF_LOG_H

/* Before anything else of libbpf, which writes to standard error itself until then. */
void libbpf_log_init(void);

#endif
