/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The kernel's own counters of the host's network namespace, to audit ours. */
#ifndef REXMIT_MIB_H
#define REXMIT_MIB_H

#include <stdint.h>

struct mib {
	int fd;                /* a snmp file of procfs, bound to one network namespace */
	uint64_t retrans_segs; /* tcpRetransSegs of RFC 4022, since boot */
	uint64_t out_segs;     /* tcpOutSegs of RFC 4022, since boot */
	uint64_t out_rsts;     /* tcpOutRsts of RFC 4022, since boot */
};

/*
 * Opens the host's file while files can still be opened. Tries standard input (given to a process
 * in its own network namespace), then /proc/1/net/snmp, then the own namespace's file if that is
 * `host_netns`. Returns 0 or a negative errno, -EXDEV if PID 1 is not the host's. The collector can
 * run without it.
 */
int mib_init(struct mib *mib, uint32_t host_netns);
void mib_deinit(struct mib *mib);

/* Reads the counters. Returns 0, or a negative errno and leaves them unchanged. */
int mib_read(struct mib *mib);

/* The parser of mib_read(), for `text` as in /proc/net/snmp. Returns 0 or -EBADMSG. */
int mib_parse(struct mib *mib, const char *text);

#endif
