/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The kernel's own count of the host's network namespace: the audit of ours. */
#ifndef REXMIT_MIB_H
#define REXMIT_MIB_H

#include <stdint.h>

struct mib {
	int fd;                /* a snmp file of procfs, which is bound to one network namespace */
	uint64_t retrans_segs; /* tcpRetransSegs of RFC 4022, since boot */
	uint64_t out_segs;     /* tcpOutSegs of RFC 4022, since boot */
	uint64_t out_rsts;     /* tcpOutRsts of RFC 4022, since boot */
};

/*
 * Opens the host's file while files can still be opened: standard input if that is one (how a
 * process without a network of its own is handed it), else /proc/1/net/snmp, else our own
 * namespace's if that is `host_netns`. Returns 0 or a negative errno, -EXDEV if PID 1 is not the host's;
 * the collector can do without.
 */
int mib_init(struct mib *mib, uint32_t host_netns);
void mib_deinit(struct mib *mib);

/* Reads the counters afresh. Returns 0, or a negative errno and leaves them as they were. */
int mib_read(struct mib *mib);

/* The parser behind mib_read(), for `text` as in /proc/net/snmp. Returns 0 or -EBADMSG. */
int mib_parse(struct mib *mib, const char *text);

#endif
