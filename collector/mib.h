/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The kernel's counters of the host's network namespace, to compare with rexmit's counters. */
#ifndef REXMIT_MIB_H
#define REXMIT_MIB_H

#include <stdint.h>

struct mib {
	int fd;                /* of /proc/PID/net/snmp of some process, or -1 */
	uint64_t retrans_segs; /* tcpRetransSegs of RFC 4022, since boot */
	uint64_t out_segs;     /* tcpOutSegs of RFC 4022, since boot */
	uint64_t out_rsts;     /* tcpOutRsts of RFC 4022, since boot */
};

/*
 * Opens the file of the host's network namespace. If the service manager has opened the file as
 * standard input, uses it. Otherwise opens /proc/1/net/snmp, or the collector's file if the
 * collector is in `host_netns`. Must be called before the system call filter is installed. Returns
 * 0, -EXDEV if the collector is not in the host's PID namespace, or another negative errno.
 */
int mib_init(struct mib *mib, uint32_t host_netns);
void mib_deinit(struct mib *mib);

/* Reads the counters. After an error, they are unchanged. Returns 0 or a negative errno. */
int mib_read(struct mib *mib);

/* Parses `text` as in /proc/net/snmp, for mib_read(). Returns 0 or -EBADMSG. */
int mib_parse(struct mib *mib, const char *text);

#endif
